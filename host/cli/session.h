#pragma once

#include <map>
#include <memory>
#include <optional>
#include <string>

#include "cli/args.h"
#include "cli/environment.h"
#include "cli/error_screen.h"
#include "cli/output.h"
#include "cli/secrets.h"
#include "cli/style.h"
#include "migrate/engine.h"
#include "tide/event.h"

namespace tide {

class FileLog;
class RunJournal;

// One call of tide: what was asked, and what it needs, made when it is first needed.
class Session {
 public:
  Session(Args args, const CommandLine& line, Variables process, Output& output, Redactor& redactor);
  ~Session();

  const Args& args() const { return args_; }
  const CommandLine& line() const { return line_; }
  Output& output() { return output_; }
  bool json() const { return args_.has("json"); }
  bool quiet() const { return args_.has("quiet"); }
  Style style() const { return style_; }
  ScreenOptions screen_options() const;

  const Project& project();
  const Environment& environment();
  Engine& engine();
  // Another one, with a connection and a Lua world of its own, for the migrations that a runbook applies: those of the
  // project, or of `folder` below it.
  Engine& migrator(const std::string& folder);
  const std::shared_ptr<RunJournal>& journal();
  // The same environment, whose database is a throwaway copy: no gate, and nobody who could be kept waiting.
  std::unique_ptr<Engine> engine_on_copy(const std::string& url);
  // Before engine() is first called: what this session may do.
  void set_access(Access access) { access_ = std::move(access); }
  EventStream& events() { return events_; }
  // The URL of another environment, or the text itself when it is a URL; its secrets are masked from now on.
  std::string url_of_other(const std::string& environment_or_url);

  // The error with its advice as it must be typed here: `tide up` is `tide -e production up` when that was asked.
  Error advised(const Error& error) const;
  std::string advised(const std::string& advice) const;

  // A line on stderr for people, not under -q.
  void say(const std::string& text);
  // Asks on the terminal; nothing when there is none (or the answer ends before a line). Of a hidden answer nothing is
  // shown while it is typed.
  std::optional<std::string> ask(const std::string& question, bool hidden = false);
  // The values of --set NAME=VALUE, the last one of a name; kUsage for one that is none.
  const std::map<std::string, std::string>& settings();
  std::optional<std::string> variable(const std::string& name) const { return process_(name); }
  std::string redacted(const std::string& text) const { return redactor_.redact(text); }
  // To the log file, if there is one.
  void log_error(const Error& error);

 private:
  void choose_style();
  void attach_readers();
  EngineOptions engine_options();
  ScriptInputs script_inputs();

  Args args_;
  const CommandLine& line_;
  Variables process_;
  Output& output_;
  Redactor& redactor_;
  Style style_;
  EventStream events_;
  std::unique_ptr<FileLog> log_;
  std::optional<Project> project_;
  std::optional<Environment> environment_;
  std::optional<Secrets> secrets_;
  std::optional<std::map<std::string, std::string>> settings_;
  std::shared_ptr<RunJournal> journal_;
  Access access_;
  std::unique_ptr<Engine> engine_;
  std::map<std::string, std::unique_ptr<Engine>> migrators_;
};

// Who runs this, and on which machine.
std::string system_user();
std::string system_host();

}  // namespace tide
