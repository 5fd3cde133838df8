#pragma once

#include "cli/args.h"

namespace tide {

// Every option and command there is.
const CommandLine& command_line();

int run_init(Session& session);
int run_new(Session& session);
int run_status(Session& session);
int run_plan(Session& session);
int run_up(Session& session);
int run_down(Session& session);
int run_redo(Session& session);
int run_verify(Session& session);
int run_run(Session& session);
int run_report(Session& session);
int run_query(Session& session);
int run_eval(Session& session);
int run_repl(Session& session);
int run_runs(Session& session);
int run_work(Session& session);
int run_pause(Session& session);
int run_resume(Session& session);
int run_undo(Session& session);
int run_history(Session& session);
int run_baseline(Session& session);
int run_resolve(Session& session);
int run_backup(Session& session);
int run_snapshot(Session& session);
int run_diff(Session& session);
int run_drift(Session& session);
int run_erd(Session& session);
int run_lint(Session& session);
int run_rehearse(Session& session);
int run_completion(Session& session);
int run_help(Session& session);

}  // namespace tide
