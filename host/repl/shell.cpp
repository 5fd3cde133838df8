#include "repl/shell.h"

#include <unistd.h>

#include <chrono>
#include <iostream>

#include "base/text.h"
#include "cli/console.h"
#include "cli/session.h"
#include "cli/width.h"
#include "repl/bounds.h"
#include "repl/changes.h"
#include "repl/commands.h"
#include "repl/completer.h"
#include "repl/line_editor.h"
#include "repl/prompt_text.h"
#include "repl/result_output.h"
#include "repl/state_files.h"
#include "repl/value_rows.h"
#include "sys/interrupt.h"
#include "sys/terminal.h"

namespace tide {
namespace {

using Clock = std::chrono::steady_clock;

constexpr std::size_t kMostDone = 2000;

double ms_since(Clock::time_point began) {
  return std::chrono::duration<double, std::milli>(Clock::now() - began).count();
}

bool is_terminal_able(const Session& session) {
  return session.variable("TERM").value_or("dumb") != "dumb" && ::isatty(STDOUT_FILENO) != 0;
}

}  // namespace

// The two ends of a person: the editor (not on a dumb terminal) and what was typed before.
struct Shell::Terminal {
  Terminal(Shell& shell, bool able) : history(shell.session_) {
    if (!able) return;
    editor.emplace([&shell](std::string_view line) { return shell.completer_->complete(line); });
    for (const std::string& entry : history.entries()) editor->remember(entry);
  }

  // A statement over several lines is one entry.
  void remember(const std::string& typed) {
    const std::string entry(trim(typed));
    if (entry.empty() || entry == "\\q" || typed.front() == ' ') return;
    if (editor) editor->remember(entry);
    history.add(entry);
  }

  InputHistory history;
  std::optional<LineEditor> editor;
};

Shell::Shell(Session& session, Leave leave)
    : session_(session), leave_(std::move(leave)), interactive_(::isatty(STDIN_FILENO) != 0) {}

Shell::~Shell() = default;

Dialect Shell::dialect() { return connection().info().engine == "sqlite" ? Dialect::kSqlite : Dialect::kPostgres; }

Connection& Shell::connection() {
  if (!connection_) throw Error(ErrorKind::kConnect, "there is no connection: \\c opens one again");
  return *connection_;
}

LuaPrompt& Shell::lua() {
  if (!lua_) lua_ = std::make_unique<LuaPrompt>(session_.engine().lua(), [this] { return connection_; });
  return *lua_;
}

void Shell::connect() {
  connection_ = session_.engine().script_connection();
  superuser_ = prepare_session(*connection_, session_.environment(), leave_);
}

void Shell::open() {
  connect();
  audit_ = std::make_unique<Audit>(session_, leave_, "repl");
  audit_->opened();
  completer_ = std::make_unique<Completer>(*this);
  if (!interactive_) return;
  handle_hangup();
  terminal_ = std::make_unique<Terminal>(*this, is_terminal_able(session_));
  say(greeting(*connection_, session_.environment(), leave_));
}

void Shell::run() {
  open();
  try {
    read_lines();
  } catch (const Error&) {
    close(false);
    throw;
  }
  close(!asked_to_end());
}

void Shell::close(bool well) {
  const bool open = connection_ && connection_->transaction_state() == TransactionState::kOpen;
  if (open && !leave_.reason.empty() && well) {
    finish_transaction(true);
  } else if (open || (connection_ && connection_->transaction_state() == TransactionState::kFailed)) {
    connection_->rollback();
    say("the open transaction was rolled back");
  }
  audit_->closed();
}

void Shell::read_lines() {
  std::string line;
  while (!quit_ && !asked_to_end()) {
    if (read_line(line)) {
      // a statement over many lines is not looked at again for a line that cannot end it
      const bool can_end =
          pending_.empty() || line.find_first_of(";\\") != std::string::npos || !looks_like_sql(pending_, dialect());
      pending_ += line + "\n";
      const std::string typed = interactive_ ? pending_ : "";
      if (can_end) take_lines(pending_, false);
      if (trim(pending_).empty()) pending_.clear();
      if (interactive_ && pending_.empty()) terminal_->remember(typed);
    } else if (interactive_ && line_given_up_ && !asked_to_end()) {
      clear_interrupt();
      if (lua_) session_.engine().lua().forgive_interrupt();
      pending_.clear();
    } else {
      if (!interactive_) take_lines(pending_, true);
      return;
    }
  }
}

// False at the end of the input, and when the line was given up.
bool Shell::read_line(std::string& line) {
  line_given_up_ = false;
  if (!interactive_) return static_cast<bool>(std::getline(std::cin, line)) && !interrupted();
  std::fflush(stdout);
  const std::string prompt = prompt_text(!pending_.empty());
  if (terminal_->editor) {
    const LineEditor::End end = terminal_->editor->read(prompt, line);
    line_given_up_ = end == LineEditor::End::kInterrupted;
    return end == LineEditor::End::kLine;
  }
  try {
    const auto answer = ask_person([&] { session_.output().message(prompt); }, false);
    if (answer) line = *answer;
    return answer.has_value();
  } catch (const Error&) {
    line_given_up_ = true;
    return false;
  }
}

void Shell::take_lines(std::string& buffer, bool at_end) {
  InputRules rules{dialect(), [this](std::string_view chunk) { return lua().complete(chunk); }, at_end};
  while (!quit_) {
    const Input input = next_input(buffer, rules);
    if (input.kind == Input::Kind::kIncomplete) return;
    buffer.erase(0, input.consumed);
    if (input.kind == Input::Kind::kNothing) return;
    run_input(input);
  }
}

void Shell::feed(const std::string& text) {
  std::string buffer = text + "\n";
  take_lines(buffer, true);
}

// At the prompt an error is shown and the session goes on; from a pipe or a file it ends what is being read.
void Shell::run_input(const Input& input) {
  if (!interactive_ || depth_ > 0) return run_recorded(input);
  try {
    run_recorded(input);
  } catch (const Error& error) {
    fail(error);
  }
}

void Shell::run_recorded(const Input& input) {
  const auto began = Clock::now();
  const std::string text =
      input.kind == Input::Kind::kCommand ? cat("\\", input.text, " ", input.argument) : input.text;
  ++depth_;
  try {
    dispatch(input);
  } catch (const Error& error) {
    --depth_;
    audit_->line(text, cat(kind_name(error.kind), ": ", one_line(error.message)), ms_since(began));
    throw;
  }
  --depth_;
  audit_->line(text, "done", ms_since(began));
  if (settings_.timing && input.kind != Input::Kind::kCommand) say(cat("Time: ", human_duration(ms_since(began))));
}

void Shell::dispatch(const Input& input) {
  if (input.kind == Input::Kind::kCommand) return run_shell_command(*this, input.text, input.argument);
  BoundedInput bounded(connection(), leave_);
  if (input.kind == Input::Kind::kLua) {
    run_lua(input.text);
  } else {
    run_sql(input);
  }
  if (done_.size() < kMostDone) done_.push_back({input.kind, input.text});
  bounded.keep();
}

void Shell::run_sql(const Input& input) {
  const SqlClass words = classify_sql(input.text, dialect());
  if (leave_.bounded() && (words.begins_transaction || words.ends_transaction)) return control(words);
  if (input.ended_by == "watch") {
    const std::int64_t ms = input.ended_argument.empty() ? 2000 : parse_duration_ms(input.ended_argument);
    if (ms <= 0) throw Error(ErrorKind::kUsage, "\\watch takes seconds: \\watch 5");
    return watch(input.text, static_cast<double>(ms));
  }
  if (input.ended_by.empty() || input.ended_by == "g") return show_sql(input.text);
  if (input.ended_by == "gx") return show_sql(input.text, RowFormat::kExpanded);
  throw Error(ErrorKind::kUsage, cat("\\", input.ended_by, " does not end a statement: ; \\g \\gx \\watch do"));
}

// BEGIN, COMMIT and ROLLBACK in a session that is one transaction.
void Shell::control(const SqlClass& words) {
  if (words.begins_transaction) throw Error(ErrorKind::kUsage, "this session is one transaction already");
  finish_transaction(words.verb == "COMMIT" || words.verb == "END");
}

void Shell::finish_transaction(bool commit) {
  const TransactionState state = connection().transaction_state();
  if (state != TransactionState::kOpen && state != TransactionState::kFailed) return say("nothing is open");
  if (!commit || leave_.sandbox || state == TransactionState::kFailed) {
    connection_->rollback();
    return say(leave_.sandbox && commit ? "this is a sandbox: rolled back, nothing was kept" : "rolled back");
  }
  const bool changed = show_changes(*this);
  const bool agreed = !changed || session_.args().has("yes");
  const auto answer = agreed ? std::optional<std::string>("yes") : session_.ask("COMMIT these changes? Type yes: ");
  if (!answer || lower(trim(*answer)) != "yes") connection_->rollback();
  if (!answer) {
    throw Error(ErrorKind::kGate, "there is nobody to ask whether to COMMIT: rolled back, nothing was kept")
        .advise("--yes   commits without asking");
  }
  if (lower(trim(*answer)) != "yes") return say("rolled back, nothing was kept");
  connection_->commit();
  audit_->line("COMMIT", "committed", 0);
  say("committed");
}

void Shell::run_lua(const std::string& text) {
  std::vector<LuaShown> values = lua().eval(text);
  for (LuaShown& value : values) {
    if (value.names.empty()) {
      print(value.text + "\n");
    } else {
      ValueRows rows(std::move(value.names), std::move(value.rows));
      show_rows(rows);
    }
  }
}

void Shell::show_sql(const Statement& statement, std::optional<RowFormat> format) {
  SqlPrinter printer;
  printer.format = result_format(settings_, format);
  printer.style = row_style();
  printer.limit = settings_.limit;
  SqlPrinter::Result result;
  write_result([&](const Put& put) { result = printer.run(connection(), statement, put); });
  if (result.cut) say(cat("first ", counted(result.rows, "row"), " only; \\limit 0 shows all"));
  if (result.has_rows) return;
  const std::string verb = classify_sql(statement.sql, dialect()).verb;
  say(result.rows > 0 ? cat(verb, " ", result.rows) : verb);
}

void Shell::show_rows(Cursor& rows, std::optional<RowFormat> format) {
  write_result([&](const Put& put) {
    Spool spool(put);
    const auto writer = make_row_writer(result_format(settings_, format), row_style(),
                                        [&](std::string_view piece) { spool.add(piece); });
    write_rows(rows, *writer, 0);
    spool.flush();
  });
}

RowStyle Shell::row_style() const {
  RowStyle style;
  if (!settings_.output_file.empty() || ::isatty(STDOUT_FILENO) == 0) return style;
  style.columns = terminal_size().columns;
  style.longest = std::max(style.columns * 2, 200);
  style.vertical_when_wide = settings_.vertical == ShellSettings::Vertical::kAuto;
  return style;
}

void Shell::write_result(const std::function<void(const Put& put)>& write) {
  ResultOutput output(session_, settings_.output_file, interactive_);
  write([&](std::string_view text) { output.write(text); });
}

void Shell::print(std::string_view text) {
  write_result([&](const Put& put) { put(text); });
}

void Shell::say(const std::string& text) {
  std::fflush(stdout);
  session_.say(text);
}

void Shell::watch(const std::string& sql, double milliseconds) {
  for (;;) {
    show_sql(sql);
    std::fflush(stdout);
    sleep_ms(static_cast<std::int64_t>(milliseconds));
    if (interrupted()) throw Error(ErrorKind::kInterrupted, "stopped");
  }
}

void Shell::fail(const Error& error) {
  std::fflush(stdout);
  if (interrupted()) {
    clear_interrupt();
    if (lua_) session_.engine().lua().forgive_interrupt();
  }
  session_.log_error(error);
  if (error.kind == ErrorKind::kInterrupted) {
    say("cancelled");
  } else {
    session_.output().message(error_screen(session_.advised(error), session_.screen_options()));
  }
  if (connection_ && connection_->transaction_state() == TransactionState::kLost) offer_reconnect();
}

void Shell::offer_reconnect() {
  const auto answer = session_.ask("The connection is lost, and what was not committed with it. Reconnect? [Y/n] ");
  if (!answer || lower(trim(*answer)) == "n") return;
  reconnect();
}

void Shell::reconnect() {
  try {
    connection_.reset();
    if (lua_) lua_->reconnect([this] { return connection_; });
    session_.engine().disconnect();
    connect();
    say(cat("connected to ", connection_->info().display));
  } catch (const Error& error) {
    session_.output().message(error_screen(session_.advised(error), session_.screen_options()));
  }
}

std::string Shell::prompt_text(bool continued) {
  PromptFacts facts;
  facts.environment = session_.environment().name;
  facts.is_protected = session_.environment().is_protected;
  facts.user = connection_ ? connection_->info().user : "";
  facts.access = leave_.read_only ? "ro" : leave_.sandbox ? "sandbox" : "rw";
  facts.state = connection_ ? connection_->transaction_state() : TransactionState::kLost;
  facts.superuser = superuser_;
  facts.columns = terminal_size().columns;
  facts.colours = session_.style().colours && terminal_->editor.has_value();
  return continued ? continuation_prompt(facts) : prompt_of(facts);
}

}  // namespace tide
