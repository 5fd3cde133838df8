#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace tide {

class Session;

// Where a user's own traces are kept: $XDG_STATE_HOME/tide, or ~/.local/state/tide; "" without a home.
std::string state_directory(const Session& session);

// Adds `text` to a file that only its owner may read, and makes the folders on the way. kIo.
void append_private(const std::string& path, std::string_view text);

// What was typed in one environment of one project: an entry a line, newlines as \n, kept from session to session. When
// the file cannot be written that is said once, and the session goes on.
class InputHistory {
 public:
  explicit InputHistory(Session& session);

  const std::vector<std::string>& entries() const { return entries_; }  // oldest first
  void add(const std::string& entry);

 private:
  void load();

  Session& session_;
  std::string path_;
  std::vector<std::string> entries_;
};

}  // namespace tide
