#pragma once

#include <cstdint>
#include <exception>
#include <memory>
#include <string>
#include <utility>
#include <vector>

namespace tide {

// What went wrong, as a class of failures that a program can act on. The kind decides the exit code.
enum class ErrorKind : std::uint8_t {
  kUsage,        // exit 2: a flag, an argument, a version that does not exist
  kConfig,       // exit 2: tide.toml, .env, a URL, a migration file that cannot be loaded
  kConnect,      // exit 3: no connection, or it was lost
  kLock,         // exit 3: another migrator holds the lock
  kSql,          // exit 1: the database refused a statement
  kLua,          // exit 1: a script raised
  kVerify,       // exit 4: an assertion or a verify function failed
  kPending,      // exit 5: a check found pending migrations, problems or drift
  kGate,         // exit 6: protection, a gate, or a plan that is not the approved one
  kInterrupted,  // exit 130: Ctrl-C or SIGTERM
  kIo,           // exit 1: a file or a process
  kHistory,      // exit 1: source and history do not fit together
  kInternal,     // exit 1: a defect of the host
};

// "sql", "verify" ...: the field `kind` of an error in Lua and in JSON.
const char* kind_name(ErrorKind kind);
int exit_code(ErrorKind kind);

// The one exception type of the host. Text for people (`message`), fields for programs, and what had
// already been done when it happened. Nothing in the host matches on message text.
class Error : public std::exception {
 public:
  Error(ErrorKind error_kind, std::string text) : kind(error_kind), message(std::move(text)) {}

  const char* what() const noexcept override { return message.c_str(); }

  Error& at(std::string where, int on_line = 0) {
    file = std::move(where);
    line = on_line;
    return *this;
  }
  Error& advise(std::string command) {
    next.push_back(std::move(command));
    return *this;
  }
  Error& note_done(std::string fact) {
    done.push_back(std::move(fact));
    return *this;
  }

  ErrorKind kind;
  std::string message;
  std::string sqlstate;  // five characters, empty when it did not come from a server
  std::string detail;
  std::string hint;
  std::string constraint;
  std::string table;
  std::string column;
  std::string context;            // the server's CONTEXT: the PL/pgSQL call stack
  std::string statement;          // the SQL text that was refused
  int position = 0;               // 1-based character (not byte) in `statement`; 0 when unknown
  std::string file;               // the script or configuration file, as the user would name it
  int line = 0;                   // 1-based; 0 when unknown
  int file_column = 0;            // 1-based character; 0 when unknown
  std::string step;               // "20250101000000 create_users (up)"
  std::string traceback;          // the Lua stack, one frame a line
  std::vector<std::string> done;  // what was rolled back and what stayed
  std::vector<std::string> next;  // commands that make sense now
  std::shared_ptr<const Error> cause;
};

}  // namespace tide
