#pragma once

#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/json.h"
#include "lua/state.h"
#include "tide/connection.h"

namespace tide {

class ScopedSession;

// A value that a line returned: rows where it is a list of them, text otherwise.
struct LuaShown {
  std::string text;
  std::vector<std::string> names;  // not empty: rows
  std::vector<std::vector<Value>> rows;
};

// Lua line by line, in one environment with `db` and `inspect`, in which what is assigned stays.
class LuaPrompt {
 public:
  using Connect = std::function<std::shared_ptr<Connection>()>;  // called when `db` is first used

  LuaPrompt(LuaState& state, Connect connect, const std::vector<std::string>& arguments = {});
  ~LuaPrompt();

  // False while the text is the beginning of a chunk that goes on; true also for what is wrong.
  bool complete(std::string_view text) const;
  std::vector<LuaShown> eval(std::string_view text);
  std::optional<Json> eval_json(std::string_view text);
  // What may follow "string." or "db:", or at the start; sorted. Evaluates nothing.
  std::vector<std::string> names(std::string_view path);
  // Gives `db` another connection; the other names stay.
  void reconnect(Connect connect);

 private:
  void open(Connect connect);

  LuaState& state_;
  std::vector<std::string> arguments_;
  std::unique_ptr<ScopedSession> session_;
};

}  // namespace tide
