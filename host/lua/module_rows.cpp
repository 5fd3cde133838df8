#include <algorithm>
#include <lua.hpp>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "base/text.h"
#include "db/background.h"
#include "db/row_carriage.h"
#include "db/row_sums.h"
#include "lua/convert.h"
#include "lua/data_lines.h"
#include "lua/db_session.h"
#include "lua/lists.h"
#include "lua/modules.h"
#include "lua/native_object.h"
#include "lua/state.h"
#include "tide/error.h"

// Rows that go from one database to another without becoming Lua values, and what they add up to.
namespace tide {

namespace {

constexpr const char* kFreightType = "tide.rows.freight";
constexpr const char* kSumsType = "tide.rows.sums";

// Sums, and the reading of the rows that they are made of. The thread is the last member: it ends first.
struct Sums {
  std::unique_ptr<RowSums> rows;
  std::unique_ptr<Background> work;
};

RowSums& check_sums(lua_State* L, int index) { return *check_object<Sums>(L, index, kSumsType).rows; }

Carriage carriage_named(const std::string& name) {
  if (name == "bytes") return Carriage::kBytes;
  if (name == "flag") return Carriage::kFlagNumber;
  return name == "digits" ? Carriage::kNumberText : Carriage::kAsIs;
}

// new_freight(names, carriages, keys): "", "bytes", "flag" or "digits" for each column
int l_new_freight(lua_State* L) {
  RowFreight freight;
  freight.names = texts_at(L, 1);
  for (const std::string& name : texts_at(L, 2)) freight.carriages.push_back(carriage_named(name));
  freight.keys = static_cast<std::size_t>(luaL_checkint(L, 3));
  push_object<RowFreight>(L, kFreightType) = std::move(freight);
  return 1;
}

// new_sums(likenesses, keys, buckets)
int l_new_sums(lua_State* L) {
  RowShape shape;
  for (const std::string& name : texts_at(L, 1)) shape.columns.push_back(likeness_named(name));
  shape.keys = static_cast<std::size_t>(luaL_checkint(L, 2));
  auto rows = std::make_unique<RowSums>(std::move(shape), static_cast<std::size_t>(luaL_checkint(L, 3)));
  push_object<Sums>(L, kSumsType).rows = std::move(rows);
  return 1;
}

// What fill and load share: rows of the cursor in argument 2 go to `put` until `limit` rows (argument 4), `bytes` (5)
// or the end, and into the sums in argument 7, if any. `literals` (6): how the key is told.
// -> rows read, whether it was the end, the key of the last one, as a list
template <class Put>
int carry(lua_State* L, const Put& put) {
  const auto& freight = check_object<RowFreight>(L, 3, kFreightType);
  DbTask& task = *check_object<DbTaskObject>(L, 2, kRowsType).task;
  const auto limit = static_cast<std::int64_t>(luaL_checknumber(L, 4));
  const auto most = static_cast<std::size_t>(luaL_checknumber(L, 5));
  const bool literals = lua_toboolean(L, 6) != 0;
  RowSums* sums = lua_isnoneornil(L, 7) ? nullptr : &check_sums(L, 7);
  std::int64_t read = 0;
  std::size_t bytes = 0;
  std::vector<std::string> key;
  bool more = task.rows != nullptr;
  while (more && read < limit && bytes < most && (more = task.rows->next())) {
    put(freight, *task.rows);
    if (sums != nullptr) sums->add(*task.rows);
    bytes += row_bytes(*task.rows, freight.carriages.size());
    ++read;
    if (read == limit || bytes >= most) key = freight.key_texts(*task.rows, literals);
  }
  push_integer(L, read);
  lua_pushboolean(L, more ? 0 : 1);
  push_list(L, key);
  if (!more) task.rows.reset();
  return 3;
}

// fill(lines, rows, freight, limit, bytes, literals, sums)
int l_fill(lua_State* L) {
  CopyLines& lines = check_object<Lines>(L, 1, kLinesType).lines;
  return carry(L, [&lines](const RowFreight& freight, Cursor& row) { freight.add_line(lines, row); });
}

// load(load, rows, freight, limit, bytes, literals, sums): into a load of SQLite
int l_load(lua_State* L) {
  const DbTask& task = check_task(L, kLoadType);
  if (!task.load) throw Error(ErrorKind::kUsage, "this load has ended");
  std::vector<Value> values;
  return carry(L, [&](const RowFreight& freight, Cursor& row) {
    freight.read_values(values, row);
    task.load->write(values);
  });
}

// sum(db, sums, sql, ...): adds the rows of a query, while the script goes on; `db` stays unused until wait(sums)
int l_sum(lua_State* L) {
  auto connection = check_session(L)->connection;
  auto& sums = check_object<Sums>(L, 2, kSumsType);
  Statement statement(check_text(L, 3), to_values(L, 4, lua_gettop(L)));
  statement.internal = true;
  const auto work = [&rows = *sums.rows, statement](Connection& on) {
    const auto cursor = on.stream(statement);
    while (cursor->next()) rows.add(*cursor);
  };
  sums.work = std::make_unique<Background>(std::move(connection), state_of(L).options().events, work);
  return 0;
}

// wait(sums) -> rows
int l_wait(lua_State* L) {
  auto& sums = check_object<Sums>(L, 1, kSumsType);
  if (const auto work = std::move(sums.work)) work->wait();
  push_integer(L, static_cast<std::int64_t>(sums.rows->rows()));
  return 1;
}

// differing(sums, other) -> the buckets in which they differ
int l_differing(lua_State* L) {
  const auto buckets = check_sums(L, 1).differing(check_sums(L, 2));
  lua_createtable(L, static_cast<int>(buckets.size()), 0);
  for (std::size_t i = 0; i < buckets.size(); ++i) {
    push_integer(L, static_cast<std::int64_t>(buckets[i]));
    lua_rawseti(L, -2, static_cast<int>(i + 1));
  }
  return 1;
}

// keep(sums, buckets): the rows of these are kept, for `differences`
int l_keep(lua_State* L) {
  check_sums(L, 1).keep(numbers_at<std::size_t>(L, 2));
  return 0;
}

const char* name_of(RowDifference::Kind kind) {
  return kind == RowDifference::Kind::kMissing ? "missing"
         : kind == RowDifference::Kind::kExtra ? "extra"
                                               : "different";
}

// differences(sums, other, most) -> a list of { "missing" | "extra" | "different", value of the key ... }, by their
// keys, and how many there are in all
int l_differences(lua_State* L) {
  auto found = differences(check_sums(L, 1), check_sums(L, 2));
  const auto in_order = [](const RowDifference& a, const RowDifference& b) {
    const auto size = [](const RowDifference& it) { return it.key.empty() ? 0 : it.key[0].size(); };
    return std::pair(size(a), a.key) < std::pair(size(b), b.key);  // so that numbers come in their order
  };
  std::sort(found.begin(), found.end(), in_order);
  const std::size_t shown = std::min(found.size(), static_cast<std::size_t>(luaL_checknumber(L, 3)));
  lua_createtable(L, static_cast<int>(shown), 0);
  for (std::size_t i = 0; i < shown; ++i) {
    lua_newtable(L);
    lua_pushstring(L, name_of(found[i].kind));
    lua_rawseti(L, -2, 1);
    for (std::size_t k = 0; k < found[i].key.size(); ++k) {
      push_text(L, found[i].key[k]);
      lua_rawseti(L, -2, static_cast<int>(k + 2));
    }
    lua_rawseti(L, -2, static_cast<int>(i + 1));
  }
  push_integer(L, static_cast<std::int64_t>(found.size()));
  return 2;
}

}  // namespace

static constexpr NativeEntry kEntries[] = {
    {"differences", l_differences}, {"differing", l_differing}, {"fill", l_fill}, {"keep", l_keep}, {"load", l_load},
    {"new_freight", l_new_freight}, {"new_sums", l_new_sums},   {"sum", l_sum},   {"wait", l_wait},
};
const NativeModule kRowsModule = {"rows", kEntries, std::size(kEntries)};

}  // namespace tide
