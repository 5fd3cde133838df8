#include "cli/commands.h"

namespace tide {
namespace {

constexpr const char* kVersionHelp = "a version, a unique beginning of one, or a migration's name";

Option setting_option(const char* help = "answers what a migration asks under that name; may be repeated") {
  return {"set", 0, "NAME=VALUE", help, false};
}

std::vector<Option> global_options() {
  return {
      {"env", 'e', "NAME", "the environment of tide.toml to work on"},
      {"url", 0, "URL", "the database: postgres://..., a libpq keyword string, sqlite:path"},
      {"project", 'C', "DIR", "where to look for tide.toml, there and upwards (default: here)"},
      {"yes", 'y', "", "answers questions with yes; never the name of a protected environment"},
      {"confirm", 0, "NAME", "answers with the name of a protected environment"},
      {"json", 0, "", "one JSON document on stdout"},
      {"quiet", 'q', "", "warnings and errors only"},
      {"verbose", 'v', "", "also the statements; twice: their values and tide's own statements"},
      {"color", 0, "auto|always|never", "colours on stderr (default: auto; NO_COLOR is honoured)"},
      {"log-file", 0, "FILE", "appends everything that happens to FILE"},
      {"lock-timeout", 0, "TIME", "how long to wait for another migrator (default: 60s)"},
      {"memory-limit", 0, "SIZE", "how much memory scripts may take: 512MB, 2GB (default: no limit)"},
      {"stdlib", 0, "DIR", "takes the Lua standard library from DIR instead of the built-in one"},
      {"version", 0, "", "prints tide's version", false},
      {"help", 'h', "", "prints help", false},
  };
}

CommandRow init_command() {
  return {"init",
          {},
          {},
          "scaffolds a project",
          "Writes tide.toml, migrations/, scripts/, .luarc.json and .gitignore into the folder (or -C DIR).\n"
          "A file that exists is kept as it is; what editors know of the scripts' world, in .tide/meta, is renewed.\n",
          run_init};
}

CommandRow new_command() {
  return {"new",
          {{"NAME", true, "what the migration does: \"create users\""}},
          {{"data", 0, "", "a template that changes rows in batches"},
           {"sql", 0, "", "a template in SQL instead of Lua"},
           {"runbook", 0, "", "a runbook, in the folder for scripts", false}},
          "writes a commented template of a migration or a runbook",
          "A migration gets the UTC time as its version, above every existing one. The file's path goes to stdout.\n",
          run_new};
}

CommandRow status_command() {
  return {"status",
          {},
          {{"exit-code", 0, "", "exits with 5 when something is pending or wrong"}},
          "shows versions with their state, and what is wrong",
          "",
          run_status};
}

CommandRow plan_command() {
  return {"plan",
          {{"VERSION", false, kVersionHelp}},
          {{"sql", 0, "", "runs the steps in a transaction that is rolled back and shows every statement"},
           {"count", 'n', "N", "at most N migrations"},
           {"allow-out-of-order", 0, "", "also pending versions below the current one"},
           setting_option()},
          "shows the steps `up` would take, and their hash",
          "`tide up --plan HASH` applies exactly this plan or refuses.\n",
          run_plan};
}

CommandRow up_command() {
  return {"up",
          {{"VERSION", false, kVersionHelp}},
          {{"count", 'n', "N", "at most N migrations"},
           {"single-transaction", 0, "", "all migrations in one transaction: all of them or none"},
           {"allow-out-of-order", 0, "", "also applies pending versions below the current one"},
           {"plan", 0, "HASH", "refuses to run any plan but this one"},
           setting_option()},
          "applies what is pending, up to VERSION if given",
          "Each migration runs in its own transaction, together with its verify and its row in the history.\n",
          run_up};
}

CommandRow down_command() {
  return {"down",
          {},
          {{"count", 'n', "N", "the last N migrations (default: 1)"},
           {"to", 0, "VERSION", "everything above VERSION; 0 is everything"},
           setting_option()},
          "reverts migrations, the last one by default",
          "",
          run_down};
}

CommandRow redo_command() {
  return {"redo", {}, {setting_option()}, "reverts the last migration and applies it again", "", run_redo};
}

CommandRow verify_command() {
  return {"verify",  {{"VERSION", false, kVersionHelp}}, {}, "runs the verify functions of what is applied", "",
          run_verify};
}

CommandRow script_command() {
  return {"run",
          {{"SCRIPT", true, "a Lua file, or its name in the folder for scripts, with or without .lua"},
           {"ARGS", false, "what the script finds in `arg`; behind -- also words that begin with -", true}},
          {setting_option("a value for the script: `arg.NAME`, and the answer to its ask; may be repeated"),
           {"dry-run", 0, "", "rolls back what it does in the database, records what it would do elsewhere"},
           {"resume", 0, "[RUN]", "a runbook: goes on with a run that had not finished; without RUN the newest", false},
           {"revert", 0, "RUN", "a runbook: reverts what that run did, in reverse order; `last` is the newest", false},
           {"from", 0, "STEP", "a runbook: begins at this step (2.1, or its title); those before are skipped", false},
           {"on-failure", 0, "stop|retry|skip|revert", "a runbook: what to do where nobody can be asked", false},
           {"tags", 0, "NAMES", "a runbook: only steps with one of these tags, separated by commas", false},
           {"skip-tags", 0, "NAMES", "a runbook: no step with one of these tags", false},
           {"accept-edited", 0, "", "a runbook: resumes or reverts although the script was edited since", false}},
          "runs a Lua script or a runbook",
          "The script sees `db`, the primitives, and its arguments in `arg`. What it returns is printed. One that\n"
          "returns a runbook is run step by step, with a journal on disk; the run's id is printed.\n",
          run_run};
}

CommandRow report_command() {
  return {"report",
          {{"RUN", false, "the run, a unique beginning of its id, or `last`; without it the runs are listed"}},
          {{"html", 0, "", "as one HTML file"},
           {"md", 0, "", "as Markdown (default)"},
           {"verify", 0, "", "checks that neither journal nor report was changed; exits with 4 when one was"}},
          "shows what a runbook did",
          "",
          run_report};
}

// Of the commands that look into a database.
std::vector<Option> look_options(std::vector<Option> own) {
  own.push_back({"write", 0, "REASON", "a protected environment may be changed; REASON is kept in the history", false});
  own.push_back({"read-only", 0, "", "refuses every write; the default on a protected environment"});
  own.push_back({"allow", 0, "NAMES", "read-only: scripts may use shell, http, backup, mail (with commas)"});
  return own;
}

std::vector<Option> format_options() {
  return {{"csv", 0, "", "rows as CSV", false},
          {"markdown", 0, "", "rows as a Markdown table", false},
          {"expanded", 0, "", "one value a line", false}};
}

CommandRow repl_command() {
  return {
      "repl",
      {},
      look_options({{"sandbox", 0, "", "writes are allowed, and rolled back at the end"}}),
      "opens a prompt for Lua and SQL on the database",
      "On a protected environment it is read-only by the server's word, with a time limit for statements; masked\n"
      "columns stay masked; every line is recorded. With --write it is one transaction, which shows what it changes\n"
      "and asks before COMMIT. \\? at the prompt lists the commands. From a pipe it stops at the first error.\n",
      run_repl};
}

CommandRow query_command() {
  std::vector<Option> options = format_options();
  options.push_back({"limit", 0, "N", "at most N rows of each result (default: all)"});
  return {"query",
          {{"SQL", false, "statements; read from standard input when not given, or -"}},
          look_options(std::move(options)),
          "runs SQL and prints the rows: aligned, --csv, --json, --markdown",
          "Rows stream in constant memory. It stops at the first error.\n",
          run_query};
}

CommandRow eval_command() {
  return {"eval",
          {{"LUA", false, "an expression or a chunk; read from standard input when not given, or -"},
           {"ARGS", false, "what the code finds in `arg`; behind -- also words that begin with -", true}},
          look_options(format_options()),
          "evaluates Lua and prints what it returns",
          "The code sees `db`, the primitives and `inspect`. A list of rows is printed as a table.\n",
          run_eval};
}

constexpr const char* kRunHelp = "the number of a data fix's run, as `tide runs` shows it";

CommandRow runs_command() {
  return {"runs",
          {{"RUN", false, kRunHelp}},
          {{"abandon", 0, "", "ends RUN where it stands; the script may begin anew"},
           {"purge", 0, "", "drops the before-images that need not be kept any longer"},
           {"older-than", 0, "TIME", "--purge: of all runs that ended longer ago than this: 12h, 30d"}},
          "shows the runs of data fixes, and how far they are",
          "With RUN: everything of that one, and the rows that failed.\n",
          run_runs};
}

CommandRow work_command() {
  return {
      "work",
      {{"RUN", true, kRunHelp}, {"ARGS", false, "what the script was given in `arg`; behind --", true}},
      {setting_option()},
      "joins the run of a data fix as a further worker",
      "On this machine or on another one with the same project: the workers share the run by ranges of keys, and take\n"
      "over what one that has gone leaves behind. Answers that the script was given by --set have to be given again.\n",
      run_work};
}

CommandRow pause_command() {
  return {"pause", {{"RUN", true, kRunHelp}}, {}, "lets a data fix wait after the batches under way", "", run_pause};
}

CommandRow resume_command() {
  return {"resume", {{"RUN", true, kRunHelp}}, {}, "lets a paused data fix go on", "", run_resume};
}

CommandRow undo_command() {
  return {"undo",
          {{"RUN", true, kRunHelp}},
          {},
          "puts back what the rows of a data fix were",
          "Rows that have changed since are left as they are, and named. An interrupted undo goes on where it stood.\n",
          run_undo};
}

CommandRow history_command() {
  return {"history",
          {},
          {},
          "shows every event: who, when, from where, what, how it ended",
          "Sessions of `tide repl` stand there too; with -v, each of their lines.\n",
          run_history};
}

CommandRow baseline_command() {
  return {"baseline",
          {{"VERSION", true, kVersionHelp}},
          {},
          "records everything up to VERSION as applied, runs nothing",
          "For a database that already has what these migrations would make.\n",
          run_baseline};
}

CommandRow resolve_command() {
  return {"resolve",
          {{"VERSION", false, kVersionHelp}},
          {{"applied", 0, "", "it did everything: record it as applied"},
           {"reverted", 0, "", "nothing of it is left: record it as not applied"},
           {"retry", 0, "", "let the next `up` run it again"},
           {"was", 0, "NAME", "the database belonged to environment NAME, and belongs to this one from now on"},
           {"reason", 0, "TEXT", "why; kept in the history"}},
          "corrects the history, and says why",
          "Needs a --reason, and a VERSION with one of --applied, --reverted and --retry; or --was without a VERSION,\n"
          "after an environment was renamed, or for a copy of another one's database.\n",
          run_resolve};
}

CommandRow backup_command() {
  return {
      "backup",
      {{"ACTION", true, "create, list, verify, restore, prune or copy"},
       {"LABEL", false, "which backup; create: its name, verify: the newest when it is not given"},
       {"DEST", false, "copy: a folder, host:folder, or s3://bucket/prefix"}},
      {{"dir", 0, "DIR", "the folder of the backups (default: backups/ in the project)"},
       {"format", 0, "custom|directory|plain|sqlite", "create: how it is written (default: custom, or sqlite)"},
       {"jobs", 0, "N", "create: tables dumped at once, for the format directory (default: 1)"},
       {"tables", 0, "NAMES", "create: these tables only, separated by commas"},
       {"schema-only", 0, "", "create: no rows"},
       {"data-only", 0, "", "create: rows only"},
       {"pg-bin", 0, "DIR", "where pg_dump, pg_restore and psql are (default: found by the server's version)"},
       {"level", 0, "hash|decompressed|restored", "verify: how far (default: as far as is possible here)"},
       {"scratch", 0, "URL", "verify: a server for the throwaway database (default: the database's own)"},
       {"max-age", 0, "TIME", "verify: refuses an older one"},
       {"other-database", 0, "", "verify, restore: also a backup of another database"},
       {"drop-old", 0, "", "restore: does not keep what is replaced"},
       {"keep", 0, "N", "prune: keeps the newest N of each database"},
       {"keep-days", 0, "D", "prune: keeps what is younger than D days"},
       {"dry-run", 0, "", "prune: removes nothing"}},
      "makes backups, proves them, puts them back",
      "restore says what would be lost and asks for the database's name (--confirm NAME answers); it restores into\n"
      "a new database, verifies that, and then swaps the names. prune never removes the last verified one.\n",
      run_backup};
}

CommandRow snapshot_command() {
  return {"snapshot",
          {{"FILE", false, "where to save it (default: stdout)"}},
          {{"grants", 0, "", "owners and privileges too (PostgreSQL)"}},
          "saves the schema as JSON that diffs well in git",
          "Sorted, one property a line, nothing volatile. `tide diff` takes the file as a side.\n",
          run_snapshot};
}

CommandRow diff_command() {
  return {
      "diff",
      {{"A", true, "an environment, a URL, or a snapshot file"}, {"B", true, "what to compare it with"}},
      {{"write", 0, "NAME", "writes the migration that makes A like B, and back", false},
       {"grants", 0, "", "owners and privileges too (PostgreSQL)"}},
      "shows what differs between two schemas",
      "A name of tide.toml's environments is that environment; write ./dev for a file that is called like one.\n"
      "The order of columns does not count. Exits with 5 when something differs.\n"
      "With --write: `tide up` on A closes the gap. What cannot be written is said, and the migration refuses to run\n"
      "until it is added; statements that lose data are marked DESTRUCTIVE.\n",
      run_diff};
}

CommandRow drift_command() {
  return {
      "drift",
      {},
      {{"write", 0, "NAME", "writes the migration that makes the database like its history again", false}},
      "compares the database with what its history implies",
      "Applies the sources that the history keeps to a scratch database: in memory for SQLite, on the same server for\n"
      "PostgreSQL (needs CREATEDB), dropped in every case. Exits with 5 when something differs.\n",
      run_drift};
}

CommandRow rehearse_command() {
  return {
      "rehearse",
      {{"VERSION", false, kVersionHelp}},
      {{"count", 'n', "N", "at most N migrations"},
       {"allow-out-of-order", 0, "", "also pending versions below the current one"},
       {"from-backup", 0, "LABEL", "fills the copy from that backup; newest is the newest one"},
       {"schema-only", 0, "", "fills the copy with the schema and the history alone"},
       {"server", 0, "URL", "makes the copy on that PostgreSQL server instead of one of its own"},
       {"no-down", 0, "", "up and verify only"},
       {"with-effects", 0, "", "also does what scripts do elsewhere: commands, HTTP, files, backups"},
       {"dir", 0, "DIR", "the folder of the backups (default: backups/ in the project)"},
       {"pg-bin", 0, "DIR", "where PostgreSQL's programs are (default: found by the server's version)"},
       setting_option()},
      "runs the pending plan on a throwaway copy",
      "Each migration up, verify, down, compared with before, and up again; per statement the strongest lock, how\n"
      "long it was held, what was rewritten. The record, in .tide/rehearsals, opens the gate `rehearsal` for exactly\n"
      "this plan. Exits with 4 when a verify fails, or a `down` is missing or does not bring back what was there.\n",
      run_rehearse};
}

CommandRow erd_command() {
  return {"erd",
          {{"SOURCE", false, "an environment, a URL, or a snapshot file (default: the environment)"}},
          {{"format", 0, "mermaid|dot|svg", "default: mermaid", false},
           {"tables", 0, "PATTERN", "only tables like it: users, order*, billing.*; several with commas", false}},
          "draws the tables and their foreign keys",
          "The SVG stands alone, and is readable on light and dark.\n",
          run_erd};
}

CommandRow lint_command() {
  return {
      "lint",
      {{"WHAT", false, "SQL files; or a version: what is pending up to it (default: everything pending)", true}},
      {{"strict", 0, "", "advice fails too"},
       {"offline", 0, "", "files: asks no database; every table counts as one that is there and large", false},
       {"small", 0, "ROWS", "a table with fewer rows is small (default: 10000 where protected, else none is)"},
       {"allow-out-of-order", 0, "", "also pending versions below the current one"},
       setting_option()},
      "names the dangers in the SQL that the migrations really send",
      "Runs what is pending in a transaction that is rolled back, and judges each statement by what the catalogs\n"
      "say: PostgreSQL only. Exits with 4 when there is a danger. The rules, and how to silence one with a reason,\n"
      "stand in docs/lint.md.\n",
      run_lint};
}

CommandRow completion_command() {
  return {"completion",
          {{"SHELL", true, "bash, zsh or fish"}},
          {},
          "prints a completion script for a shell",
          "bash: source <(tide completion bash)\n"
          "zsh:  source <(tide completion zsh)\n"
          "fish: tide completion fish | source\n",
          run_completion};
}

CommandRow help_command() {
  return {"help", {{"COMMAND", false, "the command to explain"}}, {}, "explains tide, or one command", "", run_help};
}

}  // namespace

const CommandLine& command_line() {
  static const CommandLine line = {
      global_options(),
      {init_command(),    new_command(),      status_command(),   plan_command(),       up_command(),
       down_command(),    redo_command(),     verify_command(),   script_command(),     report_command(),
       repl_command(),    query_command(),    eval_command(),     runs_command(),       work_command(),
       pause_command(),   resume_command(),   undo_command(),     history_command(),    baseline_command(),
       resolve_command(), backup_command(),   snapshot_command(), diff_command(),       drift_command(),
       erd_command(),     rehearse_command(), lint_command(),     completion_command(), help_command()}};
  return line;
}

}  // namespace tide
