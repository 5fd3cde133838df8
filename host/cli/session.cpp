#include "cli/session.h"

#include <pwd.h>
#include <unistd.h>

#include "base/text.h"
#include "cli/backup.h"
#include "cli/console.h"
#include "cli/log.h"
#include "cli/progress_events.h"
#include "cli/rehearse.h"
#include "cli/runbook_migrations.h"
#include "cli/work.h"
#include "db/drivers.h"
#include "lua/run_journal.h"
#include "sys/files.h"
#include "sys/terminal.h"

namespace tide {
namespace {

constexpr std::int64_t kLockTimeoutMs = 60000;

// A password that also stands in the public part of the URL hides nothing, and masking it would garble every
// message that names the user or the database (postgres://postgres:postgres@localhost/postgres).
void register_secrets(Redactor& redactor, const std::string& url) {
  const std::string shown = display_url(url);
  for (const std::string& secret : url_secrets(url)) {
    if (shown.find(secret) == std::string::npos) redactor.add(secret);
  }
}

std::map<std::string, std::string> parse_settings(const std::vector<std::string>& given) {
  std::map<std::string, std::string> settings;
  for (const std::string& text : given) {
    const std::size_t equals = text.find('=');
    if (equals == std::string::npos || equals == 0) {
      throw Error(ErrorKind::kUsage, cat("--set takes NAME=VALUE, not '", text, "'"));
    }
    settings[text.substr(0, equals)] = text.substr(equals + 1);
  }
  return settings;
}

}  // namespace

Session::Session(Args args, const CommandLine& line, Variables process, Output& output, Redactor& redactor)
    : args_(std::move(args)), line_(line), process_(std::move(process)), output_(output), redactor_(redactor) {
  choose_style();
  attach_readers();
}

Session::~Session() = default;

void Session::choose_style() {
  const std::string wish = args_.text("color", "auto");
  const auto no_color = process_("NO_COLOR");
  const bool refused = (no_color && !no_color->empty()) || process_("TERM").value_or("") == "dumb";
  style_.colours = wish == "always" || (wish == "auto" && !refused && isatty(STDERR_FILENO) != 0);
}

void Session::attach_readers() {
  if (args_.has("log-file")) {
    log_ = std::make_unique<FileLog>(args_.text("log-file"), redactor_);
    events_.add([log = log_.get()](const Event& event) { log->read(event); });
  }
  ConsoleOptions options;
  options.style = style_;
  options.quiet = quiet();
  options.verbosity = args_.count("verbose");
  options.terminal = isatty(STDERR_FILENO) != 0;
  options.bar_columns = [] { return terminal_size(STDERR_FILENO).columns; };
  options.progress = options.terminal || !json();
  if (!options.progress && !quiet()) {
    const auto write = [this](const Json& event) { output_.event(event); };
    auto programs = std::make_shared<ProgressEvents>(write, options.now_ms);
    events_.add([programs](const Event& event) { programs->read(event); });
  }
  auto console = std::make_shared<Console>(options, [this](std::string_view text) { output_.message(text); });
  events_.add([console](const Event& event) { console->read(event); });
}

ScreenOptions Session::screen_options() const {
  const std::string dir = project_ ? project_->dir : "";
  const auto read = [dir](const std::string& file) -> std::optional<std::string> {
    for (const std::string& path : {file, absolute_path(file, dir)}) {
      if (is_file(path)) return read_file(path);
    }
    return std::nullopt;
  };
  return {style_, read};
}

const Project& Session::project() {
  if (!project_) {
    project_ = find_project(args_.text("project", "."));
    const auto from_dotenv = [this](const std::string& name) -> std::optional<std::string> {
      const auto found = project_->dotenv.find(name);
      return found == project_->dotenv.end() ? std::nullopt : std::optional<std::string>(found->second);
    };
    take_variables(args_, line_, from_dotenv, Origin::kDotenv);
  }
  return *project_;
}

const Environment& Session::environment() {
  if (!environment_) {
    environment_ = choose_environment(project(), args_, process_);
    register_secrets(redactor_, environment_->url);
  }
  return *environment_;
}

std::string Session::url_of_other(const std::string& environment_or_url) {
  std::string url = url_of(environment_or_url, project(), process_);
  register_secrets(redactor_, url);
  return url;
}

EngineOptions Session::engine_options() {
  const Environment& chosen = environment();
  EngineOptions options;
  options.environment = chosen.name;
  options.identity = {chosen.alias_of.empty() ? chosen.name : chosen.alias_of, chosen.named, args_.text("confirm")};
  options.gates = chosen.gates;
  options.url = chosen.url;
  options.project_dir = project().dir;
  options.migrations_dir = project().config.migrations;
  options.stdlib_dir = args_.text("stdlib");
  options.lock_timeout = chosen.lock_timeout;
  options.statement_timeout = chosen.statement_timeout;
  options.max_blocked = chosen.max_blocked;
  options.max_blocked_ms = chosen.max_blocked_ms;
  options.migrator_lock_timeout_ms = args_.duration_ms("lock-timeout", kLockTimeoutMs);
  options.memory_limit = args_.bytes("memory-limit", 0);
  options.who = system_user();
  options.host = system_host();
  options.access = access_;
  options.work = work_context(*this);
  options.events = &events_;
  options.url_of = [this](const std::string& where) { return url_of_other(where); };
  options.inputs = script_inputs();
  offer_backups(*this, options);
  offer_rehearsals(*this, options);
  options.add_secret = [this](const std::string& secret) {
    for (std::string& spelling : spellings_of_secret(secret)) redactor_.add(std::move(spelling));
  };
  options.redact = [this](const std::string& text) { return redactor_.redact(text); };
  return options;
}

const std::shared_ptr<RunJournal>& Session::journal() {
  if (!journal_) {
    const std::string here = project().dir.empty() ? "." : project().dir;
    journal_ = std::make_shared<RunJournal>(cat(here, "/.tide/runs"),
                                            [this](const std::string& text) { return redactor_.redact(text); });
  }
  return journal_;
}

// Called while the engine lives, which this session outlives.
ScriptInputs Session::script_inputs() {
  ScriptInputs inputs;
  const Variables variables = with_dotenv(project(), process_);
  secrets_.emplace(project(), variables);
  inputs.variable = variables;
  inputs.secret = [this](const std::string& name) { return secrets_->get(name); };
  inputs.given = [this](const std::string& name) -> std::optional<std::string> {
    const auto found = settings().find(name);
    return found == settings().end() ? std::nullopt : std::optional<std::string>(found->second);
  };
  inputs.ask = [this](const std::string& question, bool hidden) { return ask(question, hidden); };
  inputs.yes = args_.has("yes");
  return inputs;
}

const std::map<std::string, std::string>& Session::settings() {
  if (!settings_) settings_ = parse_settings(args_.texts("set"));
  return *settings_;
}

Engine& Session::engine() {
  if (!engine_) {
    EngineOptions options = engine_options();
    options.journal = journal();
    options.migrate = [this](const Json& request) { return run_migrations(*this, request); };
    engine_ = std::make_unique<Engine>(std::move(options));
    if (log_)
      log_->info(cat("tide ", args_.command->name, " on ", environment().name, ": ", display_url(environment().url)));
  }
  return *engine_;
}

Engine& Session::migrator(const std::string& folder) {
  std::unique_ptr<Engine>& found = migrators_[folder];
  if (!found) {
    EngineOptions options = engine_options();
    if (!folder.empty()) options.migrations_dir = folder;
    found = std::make_unique<Engine>(std::move(options));
  }
  return *found;
}

// A script that opens the environment's own database gets the copy.
std::unique_ptr<Engine> Session::engine_on_copy(const std::string& url) {
  EngineOptions options = engine_options();
  options.url = url;
  options.gates.clear();
  options.max_blocked_ms = 0;
  options.work.worker = nullptr;  // it would work on the environment
  options.url_of = [this, url](const std::string& where) {
    const std::string other = url_of_other(where);
    return other == environment().url ? url : other;
  };
  return std::make_unique<Engine>(std::move(options));
}

Error Session::advised(const Error& error) const {
  Error copy = error;
  for (std::string& advice : copy.next) advice = advised(advice);
  return copy;
}

std::string Session::advised(const std::string& advice) const {
  std::string flags;
  for (const auto& [name, flag] : {std::pair("env", "-e "), std::pair("project", "-C ")}) {
    if (args_.origin(name) == Origin::kFlag) flags += cat(flag, args_.text(name), " ");
  }
  if (args_.origin("url") == Origin::kFlag) flags += "--url ... ";  // it may hold a password
  if (flags.empty()) return advice;
  for (const CommandRow& command : line_.commands) {
    const std::string plain = cat("tide ", command.name);
    const auto at = advice.find(plain);
    if (at == std::string::npos) continue;
    const auto end = at + plain.size();
    if (end < advice.size() && advice[end] != ' ') continue;
    return cat(advice.substr(0, at), "tide ", flags, advice.substr(at + 5));
  }
  return advice;
}

void Session::say(const std::string& text) {
  if (!quiet()) output_.message(text + "\n");
}

std::optional<std::string> Session::ask(const std::string& question, bool hidden) {
  if (!has_person()) return std::nullopt;
  const auto show = [&] { output_.message(cat("\r\033[K", question)); };  // over a progress bar that may stand there
  return ask_person(show, hidden);
}

void Session::log_error(const Error& error) {
  if (log_) log_->error(error);
}

std::string system_user() {
  const passwd* entry = getpwuid(geteuid());
  return entry ? entry->pw_name : cat("uid ", geteuid());
}

std::string system_host() {
  char name[256] = "";
  if (gethostname(name, sizeof name - 1) != 0) return "unknown";
  return name;
}

}  // namespace tide
