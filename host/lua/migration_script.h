#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "lint/rules.h"
#include "lua/state.h"
#include "tide/connection.h"

namespace tide {

// A migration script, loaded and checked (its fields: tide.Migration in stdlib/meta). The state must outlive it.
class MigrationScript {
 public:
  // Runs the chunk (not `up`) and checks what it returns. kConfig with file and line when it is not a migration.
  MigrationScript(LuaState& state, const std::string& name, std::string_view text);

  std::string description;
  bool transaction = true;
  std::string lock_timeout;  // "3s"; empty = the environment's
  std::string statement_timeout;
  std::optional<std::int64_t> max_blocked;  // sessions; nothing = the environment's
  std::optional<std::int64_t> max_blocked_ms;
  bool repeatable = false;
  bool additive_only = false;
  std::string requires_backup;  // how old a backup may be; empty = none required
  std::vector<Silence> lint;    // by rule
  std::string irreversible;     // the reason that stands for `down`; empty = reversible, or no `down` at all

  bool has_down() const { return static_cast<bool>(down_); }
  bool has_verify() const { return static_cast<bool>(verify_); }

  void up(const std::shared_ptr<Connection>& connection) const { run(up_, "up", connection); }
  void down(const std::shared_ptr<Connection>& connection) const { run(down_, "down", connection); }
  void verify(const std::shared_ptr<Connection>& connection) const { run(verify_, "verify", connection); }

 private:
  void run(const LuaRef& function, const char* direction, const std::shared_ptr<Connection>& connection) const;

  LuaState* state_;
  std::string name_;
  LuaRef up_;
  LuaRef down_;
  LuaRef verify_;
};

}  // namespace tide
