#include "cli/commands.h"

namespace tide {
namespace {

constexpr const char* kVersionHelp = "a version, a unique beginning of one, or a migration's name";

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

Command init_command() {
  return {"init",
          {},
          {},
          "scaffolds a project",
          "Writes tide.toml, migrations/, scripts/, .luarc.json and .gitignore into the folder (or -C DIR).\n"
          "A file that exists is kept as it is; what editors know of the scripts' world, in .tide/meta, is renewed.\n",
          run_init};
}

Command new_command() {
  return {
      "new",
      {{"NAME", true, "what the migration does: \"create users\""}},
      {{"data", 0, "", "a template that changes rows in batches"}, {"sql", 0, "", "a template in SQL instead of Lua"}},
      "writes a commented migration template",
      "The file gets the UTC time as its version, above every existing one. Its path goes to stdout.\n",
      run_new};
}

Command status_command() {
  return {"status",
          {},
          {{"exit-code", 0, "", "exits with 5 when something is pending or wrong"}},
          "shows versions with their state, and what is wrong",
          "",
          run_status};
}

Command plan_command() {
  return {"plan",
          {{"VERSION", false, kVersionHelp}},
          {{"sql", 0, "", "runs the steps in a transaction that is rolled back and shows every statement"},
           {"count", 'n', "N", "at most N migrations"},
           {"allow-out-of-order", 0, "", "also pending versions below the current one"}},
          "shows the steps `up` would take, and their hash",
          "`tide up --plan HASH` applies exactly this plan or refuses.\n",
          run_plan};
}

Command up_command() {
  return {"up",
          {{"VERSION", false, kVersionHelp}},
          {{"count", 'n', "N", "at most N migrations"},
           {"single-transaction", 0, "", "all migrations in one transaction: all of them or none"},
           {"allow-out-of-order", 0, "", "also applies pending versions below the current one"},
           {"plan", 0, "HASH", "refuses to run any plan but this one"}},
          "applies what is pending, up to VERSION if given",
          "Each migration runs in its own transaction, together with its verify and its row in the history.\n",
          run_up};
}

Command down_command() {
  return {"down",
          {},
          {{"count", 'n', "N", "the last N migrations (default: 1)"},
           {"to", 0, "VERSION", "everything above VERSION; 0 is everything"}},
          "reverts migrations, the last one by default",
          "",
          run_down};
}

Command redo_command() { return {"redo", {}, {}, "reverts the last migration and applies it again", "", run_redo}; }

Command verify_command() {
  return {"verify",  {{"VERSION", false, kVersionHelp}}, {}, "runs the verify functions of what is applied", "",
          run_verify};
}

Command history_command() {
  return {"history", {}, {}, "shows every event: who, when, from where, what, how it ended", "", run_history};
}

Command baseline_command() {
  return {"baseline",
          {{"VERSION", true, kVersionHelp}},
          {},
          "records everything up to VERSION as applied, runs nothing",
          "For a database that already has what these migrations would make.\n",
          run_baseline};
}

Command resolve_command() {
  return {"resolve",
          {{"VERSION", true, kVersionHelp}},
          {{"applied", 0, "", "it did everything: record it as applied"},
           {"reverted", 0, "", "nothing of it is left: record it as not applied"},
           {"retry", 0, "", "let the next `up` run it again"},
           {"reason", 0, "TEXT", "why; kept in the history"}},
          "corrects the history, and says why",
          "Needs one of --applied, --reverted and --retry, and a --reason.\n",
          run_resolve};
}

Command completion_command() {
  return {"completion",
          {{"SHELL", true, "bash, zsh or fish"}},
          {},
          "prints a completion script for a shell",
          "bash: source <(tide completion bash)\n"
          "zsh:  source <(tide completion zsh)\n"
          "fish: tide completion fish | source\n",
          run_completion};
}

Command help_command() {
  return {"help", {{"COMMAND", false, "the command to explain"}}, {}, "explains tide, or one command", "", run_help};
}

}  // namespace

const CommandLine& command_line() {
  static const CommandLine line = {global_options(),
                                   {init_command(), new_command(), status_command(), plan_command(), up_command(),
                                    down_command(), redo_command(), verify_command(), history_command(),
                                    baseline_command(), resolve_command(), completion_command(), help_command()}};
  return line;
}

}  // namespace tide
