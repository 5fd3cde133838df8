#include <algorithm>
#include <utility>

#include "base/text.h"
#include "cli/commands.h"
#include "cli/lint_report.h"
#include "cli/lint_units.h"
#include "cli/session.h"
#include "db/drivers.h"
#include "lint/facts.h"
#include "sys/files.h"

namespace tide {
namespace {

constexpr int kSmallRows = 10000;  // in a protected environment, whose tables are as large as they are

struct Asked {
  std::vector<std::string> files;
  std::vector<std::string> versions;
};

Asked asked_for(const Args& args) {
  Asked asked;
  for (const std::string& word : args.texts("WHAT"))
    (ends_with(lower(word), ".sql") && is_file(word) ? asked.files : asked.versions).push_back(word);
  if (!asked.files.empty() && !asked.versions.empty())
    throw Error(ErrorKind::kUsage,
                cat("a file and a version do not go together: ", asked.files.front(), " and ", asked.versions.front()));
  if (asked.versions.size() > 1)
    throw Error(ErrorKind::kUsage, "one VERSION: everything pending up to it is judged").advise("tide help lint");
  if (args.has("offline") && asked.files.empty())
    throw Error(ErrorKind::kUsage,
                "--offline judges files: what a migration sends is known when the database has taken it")
        .advise("tide lint FILE.sql --offline");
  return asked;
}

bool on_postgres(Session& session) {
  const std::string& url = session.environment().url;
  const auto& all = drivers();
  const auto driver = std::find_if(all.begin(), all.end(), [&](const Driver& row) { return row.accepts(url); });
  return driver != all.end() && std::string_view(driver->name) == "postgres";
}

LintOptions lint_options(Session& session, bool ran) {
  LintOptions options;
  options.ran = ran;
  const bool real = !session.args().has("offline") && session.environment().is_protected;
  options.small_rows = session.args().positive("small", real ? kSmallRows : 0);
  return options;
}

LintReport judge(Session& session, std::vector<LintUnit> units, const LintOptions& options, bool ask_database) {
  const Linter linter(std::move(units));
  return linter.judge(ask_database ? read_facts(session.engine().connection(), linter.names()) : Facts(), options);
}

// Up to a version its findings alone: those before it are pending too, and have their own.
void keep_only(LintReport& report, const std::string& unit) {
  auto& findings = report.findings;
  findings.erase(
      std::remove_if(findings.begin(), findings.end(), [&](const Finding& finding) { return finding.unit != unit; }),
      findings.end());
}

Error applied_already(const std::string& version) {
  return Error(ErrorKind::kUsage, cat("nothing is pending up to ", version, ": lint judges what is not applied yet"))
      .advise("tide lint FILE.sql   judges a SQL migration by its text")
      .advise("tide status");
}

LintResult lint_pending(Session& session, const Asked& asked) {
  if (!on_postgres(session)) {
    throw Error(ErrorKind::kUsage, cat("lint judges SQL for PostgreSQL, and ", session.environment().name,
                                       " is a SQLite database: its locks are those of one file"))
        .advise("tide lint -e ENVIRONMENT   where that is a PostgreSQL database")
        .advise("tide lint FILE.sql --offline");
  }
  UpRequest request;
  request.target = asked.versions.empty() ? "" : asked.versions.front();
  request.allow_out_of_order = session.args().has("allow-out-of-order");
  const RunReport run = session.engine().dry_run(request);
  if (!request.target.empty() && run.steps.empty()) throw applied_already(request.target);
  std::vector<LintUnit> units = units_of(run, session.environment().lock_timeout);
  const std::string last = units.empty() ? "" : units.back().name;
  LintResult result{session.environment().name, judge(session, std::move(units), lint_options(session, true), true),
                    run.error};
  if (!request.target.empty()) keep_only(result.report, last);
  return result;
}

LintResult lint_files(Session& session, const Asked& asked) {
  std::vector<LintUnit> units;
  for (const std::string& file : asked.files) units.push_back(unit_of_file(file));
  const bool offline = session.args().has("offline");
  const bool ask = !offline && on_postgres(session);
  if (!ask) session.say("no PostgreSQL database was asked: every table counts as one that is there and large");
  return {ask ? session.environment().name : "", judge(session, std::move(units), lint_options(session, false), ask),
          nullptr};
}

int exit_of(const LintResult& result, bool strict) {
  if (result.error) return exit_code(result.error->kind);
  const bool bad = result.report.count(Severity::kDanger) > 0 || (strict && result.report.count(Severity::kAdvice) > 0);
  return bad ? exit_code(ErrorKind::kVerify) : 0;
}

}  // namespace

int run_lint(Session& session) {
  const Asked asked = asked_for(session.args());
  const LintResult result = asked.files.empty() ? lint_pending(session, asked) : lint_files(session, asked);
  if (session.json()) {
    session.output().document(lint_json(result));
  } else {
    session.output().print(lint_text(result.report, session.screen_options()));
    session.say(lint_summary(result.report));
    if (result.error) session.output().message(error_screen(session.advised(*result.error), session.screen_options()));
  }
  return exit_of(result, session.args().has("strict"));
}

}  // namespace tide
