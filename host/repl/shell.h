#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "lua/prompt.h"
#include "repl/access.h"
#include "repl/audit.h"
#include "repl/input.h"
#include "repl/printer.h"

namespace tide {

class Completer;
class Session;

// What a person has set at the prompt.
struct ShellSettings {
  enum class Vertical : std::uint8_t { kOff, kOn, kAuto };
  Vertical vertical = Vertical::kAuto;
  bool timing = false;
  std::int64_t limit = 1000;  // rows of a result that are shown; 0 = all
  std::string output_file;    // \o; empty = the terminal
};

// A line that was run, for \save, \watch and \e.
struct Done {
  Input::Kind kind = Input::Kind::kNothing;
  std::string text;
};

// The prompt: what is typed (or piped in) is split into inputs, each is run and recorded, its result written.
class Shell {
 public:
  Shell(Session& session, Leave leave);
  ~Shell();
  Shell(const Shell&) = delete;
  Shell& operator=(const Shell&) = delete;

  // Until \q, the end of the input, or, from a pipe, the first error, which is raised.
  void run();

  // For the commands.
  Session& session() { return session_; }
  const Leave& leave() const { return leave_; }
  ShellSettings& settings() { return settings_; }
  Connection& connection();
  LuaPrompt& lua();  // made when it is first needed
  bool interactive() const { return interactive_; }
  const std::string& pending_text() const { return pending_; }
  const std::vector<Done>& done() const { return done_; }
  Dialect dialect();
  RowStyle row_style() const;

  // Runs a statement and writes its rows where results go.
  void show_sql(const Statement& statement, std::optional<RowFormat> format = std::nullopt);
  void show_rows(Cursor& rows, std::optional<RowFormat> format = std::nullopt);
  void print(std::string_view text);  // to where results go
  void say(const std::string& text);  // to the person
  // Runs the lines of a text as if they had been typed; raises at the first error.
  void feed(const std::string& text);
  void watch(const std::string& sql, double milliseconds);  // runs it again and again, until Ctrl-C
  void finish_transaction(bool commit);                     // of a session that writes: shows the changes and asks
  void reconnect();
  void quit() { quit_ = true; }

 private:
  void open();
  void connect();
  void read_lines();
  bool read_line(std::string& line);
  void take_lines(std::string& buffer, bool at_end);
  void run_input(const Input& input);
  void run_recorded(const Input& input);
  void dispatch(const Input& input);
  void run_sql(const Input& input);
  void control(const SqlClass& words);
  void run_lua(const std::string& text);
  void fail(const Error& error);
  void offer_reconnect();
  void close(bool well);
  std::string prompt_text(bool continued);
  void write_result(const std::function<void(const Put& put)>& write);

  Session& session_;
  Leave leave_;
  ShellSettings settings_;
  bool interactive_;
  bool quit_ = false;
  bool superuser_ = false;
  std::string pending_;         // what was typed and goes on in the next line
  bool line_given_up_ = false;  // by Ctrl-C
  int depth_ = 0;               // inputs that are being run: one of a file runs inside the \i
  std::shared_ptr<Connection> connection_;
  std::unique_ptr<LuaPrompt> lua_;
  std::unique_ptr<Audit> audit_;
  std::unique_ptr<Completer> completer_;
  struct Terminal;
  std::unique_ptr<Terminal> terminal_;
  std::vector<Done> done_;
};

}  // namespace tide
