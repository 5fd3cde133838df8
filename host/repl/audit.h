#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <string>

#include "repl/access.h"
#include "tide/connection.h"

namespace tide {

class History;
class Session;

// Who looked into a database, when, from where, why, with what, and how each line ended: in a file of the user's, and,
// for a protected environment or a session that writes, in the history's log on the server, by a connection of its own,
// so that no rollback takes it away. What cannot be kept is said once, and the session goes on.
class Audit {
 public:
  // `kind`: "repl", "query", "eval".
  Audit(Session& session, const Leave& leave, std::string kind);
  ~Audit();

  void opened();
  void line(const std::string& text, const std::string& outcome, double ms);
  void closed();
  void once(const std::string& text, const std::string& outcome, double ms);  // a session of one line

 private:
  void write(const std::string& event, const std::string& detail, double ms);
  void write_file(const std::string& event, const std::string& detail, double ms);
  void write_server(const std::string& event, const std::string& detail, double ms);
  void connect();

  Session& session_;
  Leave leave_;
  std::string kind_;
  std::string run_;
  std::string path_;  // empty: not kept in a file
  bool on_server_;    // still to be tried
  std::unique_ptr<Connection> connection_;
  std::unique_ptr<History> history_;
  std::int64_t lines_ = 0;
};

// One call of `query` or `eval`: where the environment is protected or the call writes, it is recorded with its text
// and how it ended; what `work` raises goes on.
void audited(Session& session, const Leave& leave, const std::string& kind, const std::string& text,
             const std::function<void()>& work);

}  // namespace tide
