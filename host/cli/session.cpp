#include "cli/session.h"

#include <poll.h>
#include <pwd.h>
#include <unistd.h>

#include <iostream>

#include "base/text.h"
#include "cli/console.h"
#include "cli/log.h"
#include "db/drivers.h"
#include "sys/files.h"
#include "sys/interrupt.h"

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

EngineOptions Session::engine_options() {
  const Environment& chosen = environment();
  EngineOptions options;
  options.environment = chosen.name;
  options.url = chosen.url;
  options.project_dir = project().dir;
  options.migrations_dir = project().config.migrations;
  options.stdlib_dir = args_.text("stdlib");
  options.lock_timeout = chosen.lock_timeout;
  options.statement_timeout = chosen.statement_timeout;
  options.migrator_lock_timeout_ms = args_.duration_ms("lock-timeout", kLockTimeoutMs);
  options.memory_limit = args_.bytes("memory-limit", 0);
  options.who = system_user();
  options.host = system_host();
  options.events = &events_;
  options.url_of = [this](const std::string& where) {
    std::string url = url_of(where, project(), process_);
    register_secrets(redactor_, url);
    return url;
  };
  options.redact = [this](const std::string& text) { return redactor_.redact(text); };
  return options;
}

Engine& Session::engine() {
  if (!engine_) {
    engine_ = std::make_unique<Engine>(engine_options());
    if (log_)
      log_->info(cat("tide ", args_.command->name, " on ", environment().name, ": ", display_url(environment().url)));
  }
  return *engine_;
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
  for (const Command& command : line_.commands) {
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

std::optional<std::string> Session::ask(const std::string& question) {
  if (!isatty(STDIN_FILENO) || !isatty(STDERR_FILENO)) return std::nullopt;
  output_.message(question);
  // a read would go on after a signal, and so would a poll without end after one that came just before it
  pollfd terminal{STDIN_FILENO, POLLIN, 0};
  while (!interrupted() && poll(&terminal, 1, 100) <= 0) continue;
  if (interrupted()) throw Error(ErrorKind::kInterrupted, "interrupted before anything was changed");
  std::string answer;
  return std::getline(std::cin, answer) ? std::optional<std::string>(answer) : std::nullopt;
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
