#include <algorithm>
#include <lua.hpp>
#include <string>
#include <vector>

#include "base/json.h"
#include "base/text.h"
#include "lua/convert.h"
#include "lua/db_session.h"
#include "lua/modules.h"
#include "lua/run_journal.h"
#include "lua/state.h"
#include "sys/files.h"
#include "tide/error.h"

namespace tide {

namespace {

RunJournal& journal_of(lua_State* L) {
  const auto& journal = state_of(L).options().journal;
  if (!journal) throw Error(ErrorKind::kUsage, "runbooks run by `tide run` only");
  return *journal;
}

// append(JSON, sync) -> the journal's hash
int l_append(lua_State* L) {
  push_text(L, journal_of(L).append(parse_json(check_text(L, 1)), lua_toboolean(L, 2) != 0));
  return 1;
}

// arm(ms): interrupts what still runs then; 0 = never
int l_arm(lua_State* L) {
  journal_of(L).arm(static_cast<std::int64_t>(luaL_checknumber(L, 1)));
  return 0;
}

// create(run)
int l_create(lua_State* L) {
  journal_of(L).create(check_text(L, 1));
  return 0;
}

// enter(step) -> bytes of output that the step before did not keep
int l_enter(lua_State* L) {
  RunJournal& journal = journal_of(L);
  lua_pushnumber(L, static_cast<double>(journal.dropped()));
  journal.enter(check_text(L, 1));
  journal.restore_terminal();
  return 1;
}

// folder() -> absolute
int l_folder(lua_State* L) {
  push_text(L, journal_of(L).folder());
  return 1;
}

// lock(name, line) -> nothing, or the line of the one who has it
int l_lock(lua_State* L) {
  const std::string holder = journal_of(L).lock(check_text(L, 1), check_text(L, 2));
  if (holder.empty()) return 0;
  push_text(L, holder);
  return 1;
}

// migrate(JSON) -> JSON
int l_migrate(lua_State* L) {
  const auto& migrate = state_of(L).options().migrate;
  if (!migrate) throw Error(ErrorKind::kUsage, "migrations cannot be applied from here");
  push_text(L, dump_json(migrate(parse_json(check_text(L, 1)))));
  return 1;
}

// open(run): goes on behind its last entry
int l_open(lua_State* L) {
  journal_of(L).open(check_text(L, 1));
  return 0;
}

// read(run) -> { JSON, ... }, hash, torn; kVerify when it was changed
int l_read(lua_State* L) {
  const JournalText found = read_journal(journal_of(L).path_of(check_text(L, 1)));
  push_list(L, found.entries);
  push_text(L, found.hash);
  lua_pushboolean(L, found.torn ? 1 : 0);
  return 3;
}

// recording(on): whether effects are recorded and not done
int l_recording(lua_State* L) {
  state_of(L).effects().set_policy(lua_toboolean(L, 1) != 0 ? Effects::Policy::kRecord : Effects::Policy::kDo);
  return 0;
}

// runs() -> ids, the oldest first
int l_runs(lua_State* L) {
  const RunJournal& journal = journal_of(L);
  std::vector<std::string> names;
  if (is_directory(journal.folder())) {
    for (const auto& entry : list_directory(journal.folder())) {
      if (entry.is_directory && is_file(journal.path_of(entry.name))) names.push_back(entry.name);
    }
  }
  std::sort(names.begin(), names.end());
  push_list(L, names);
  return 1;
}

// timed_out() -> whether the time of arm() was up
int l_timed_out(lua_State* L) {
  lua_pushboolean(L, journal_of(L).timed_out() ? 1 : 0);
  return 1;
}

// write(run, name, text): a file of the run's folder
int l_write(lua_State* L) {
  write_file(cat(journal_of(L).folder(), "/", check_text(L, 1), "/", check_text(L, 2)), check_text(L, 3));
  return 0;
}

}  // namespace

static constexpr NativeEntry kEntries[] = {
    {"append", l_append},       {"arm", l_arm},       {"create", l_create},
    {"enter", l_enter},         {"folder", l_folder}, {"lock", l_lock},
    {"migrate", l_migrate},     {"open", l_open},     {"read", l_read},
    {"recording", l_recording}, {"runs", l_runs},     {"timed_out", l_timed_out},
    {"write", l_write},
};
const NativeModule kRunbookModule = {"runbook", kEntries, std::size(kEntries)};

}  // namespace tide
