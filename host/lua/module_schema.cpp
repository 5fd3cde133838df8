#include <lua.hpp>
#include <utility>

#include "base/json.h"
#include "base/text.h"
#include "lua/convert.h"
#include "lua/db_session.h"
#include "lua/modules.h"
#include "schema/describe.h"
#include "schema/diff.h"
#include "schema/erd.h"
#include "schema/snapshot.h"
#include "schema/sqlite_layout.h"
#include "tide/error.h"

namespace tide {

namespace {

// A snapshot as stdlib/host/schema.lua hands it over: JSON.
Json check_snapshot(lua_State* L, int index, const std::string& what) {
  try {
    return parse_snapshot(check_text(L, index), "");
  } catch (const Error& error) {
    throw Error(ErrorKind::kUsage, cat(what, ": ", error.message));
  }
}

// snapshot(db, grants) -> JSON
int l_snapshot(lua_State* L) {
  SnapshotOptions options;
  options.grants = lua_toboolean(L, 2) != 0;
  push_text(L, dump_json(read_snapshot(check_connection(L), options)));
  return 1;
}

// diff(a, b, name of a, name of b) -> JSON
int l_diff(lua_State* L) {
  const Json a = check_snapshot(L, 1, "schema.diff: the first schema");
  const Json b = check_snapshot(L, 2, "schema.diff: the second schema");
  const SchemaSides sides{check_text(L, 3), check_text(L, 4)};
  push_text(L, dump_json(differences_json(diff_snapshots(a, b), sides)));
  return 1;
}

// erd(snapshot, "svg" | "mermaid") -> text
int l_erd(lua_State* L) {
  const Erd erd = erd_of(check_snapshot(L, 1, "schema.erd"));
  push_text(L, check_text(L, 2) == "svg" ? erd_svg(erd) : erd_mermaid(erd));
  return 1;
}

// digest(snapshot) -> hex
int l_digest(lua_State* L) {
  push_text(L, snapshot_digest(check_snapshot(L, 1, "schema.digest")));
  return 1;
}

// text(snapshot) -> as it is saved
int l_text(lua_State* L) {
  push_text(L, snapshot_text(check_snapshot(L, 1, "schema.encode")));
  return 1;
}

// parse(text) -> JSON
int l_parse(lua_State* L) {
  push_text(L, dump_json(check_snapshot(L, 1, "schema.decode")));
  return 1;
}

// layout(text of a CREATE TABLE of SQLite) -> JSON
int l_layout(lua_State* L) {
  push_text(L, dump_json(sqlite_layout(check_text(L, 1))));
  return 1;
}

}  // namespace

static constexpr NativeEntry kEntries[] = {
    {"diff", l_diff},   {"digest", l_digest},     {"erd", l_erd},   {"layout", l_layout},
    {"parse", l_parse}, {"snapshot", l_snapshot}, {"text", l_text},
};
const NativeModule kSchemaModule = {"schema", kEntries, std::size(kEntries)};

}  // namespace tide
