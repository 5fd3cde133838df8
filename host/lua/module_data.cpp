#include <chrono>
#include <future>
#include <lua.hpp>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "base/text.h"
#include "db/background.h"
#include "lua/convert.h"
#include "lua/data_lines.h"
#include "lua/db_session.h"
#include "lua/lists.h"
#include "lua/modules.h"
#include "lua/native_object.h"
#include "lua/state.h"
#include "sys/process_identity.h"
#include "tide/error.h"

// Primitives of tide.data: statements that run while the script goes on, lines of COPY, and who is at work.
namespace tide {

namespace {

constexpr const char* kBatchType = "tide.data.batch";
constexpr const char* kWorkerType = "tide.data.worker";

// A transaction under way. The thread is the last member: it ends first.
struct Batch {
  std::vector<BatchStep> steps;
  BatchOutcome outcome;
  std::unique_ptr<Background> work;
};

Statement statement_at(lua_State* L, int sql, int last) {
  Statement statement(check_text(L, sql), to_values(L, sql + 1, last));
  statement.internal = true;
  return statement;
}

const EventStream* events_of(lua_State* L) { return state_of(L).options().events; }

// another(db) -> a further session with the same database
int l_another(lua_State* L) {
  const auto& another = state_of(L).options().another;
  if (!another) throw Error(ErrorKind::kUsage, "this script may not open further connections");
  auto session = std::make_shared<DbSession>();
  session->connection = another(check_connection(L));
  push_session(L, std::move(session));
  return 1;
}

// execute(db, sql, ...) -> rows affected; a statement of the host's own, which counts for no script
int l_execute(lua_State* L) {
  push_integer(L, check_connection(L).execute(statement_at(L, 2, lua_gettop(L))));
  return 1;
}

// fetch(rows, skip) -> true, the value of each column after the first `skip`; nothing at the end
int l_fetch(lua_State* L) {
  DbTask& task = check_task(L, kRowsType);
  if (!task.rows || !task.rows->next()) {
    task.rows.reset();
    return 0;
  }
  const auto skip = static_cast<std::size_t>(lua_tointeger(L, 2));
  const std::size_t columns = task.rows->names().size();
  luaL_checkstack(L, static_cast<int>(columns) + 1, "too many columns");
  lua_pushboolean(L, 1);
  for (std::size_t i = skip; i < columns; ++i) {
    const Cell cell = task.rows->cell(i);
    cell.kind == Cell::Kind::kArray ? push_value(L, task.rows->array(i), true) : push_cell(L, cell);
  }
  return static_cast<int>(columns - skip) + 1;
}

// new_lines(before, columns, types, names, after) -> lines; columns are 0-based places in the rows
int l_new_lines(lua_State* L) {
  Lines made;
  made.before = numbers_at<std::size_t>(L, 1);
  made.columns = numbers_at<std::size_t>(L, 2);
  made.types = numbers_at<std::uint32_t>(L, 3);
  made.names = texts_at(L, 4);
  made.after = numbers_at<std::size_t>(L, 5);
  push_object<Lines>(L, kLinesType) = std::move(made);
  return 1;
}

void add_value(lua_State* L, Lines& to, Cursor& row, std::size_t i, int at) {
  if (lua_toboolean(L, at) == 0) return to.lines.add(row.cell(to.columns[i]));
  if (lua_type(L, at + 1) == LUA_TSTRING) {
    std::size_t size = 0;
    const char* text = lua_tolstring(L, at + 1, &size);
    return to.lines.add(std::string_view(text, size), to.types[i], to.names[i]);
  }
  to.lines.add(to_value(L, at + 1, to.names[i]), to.types[i], to.names[i]);
}

// put(lines, rows, row, changed, value, changed, value ...): a line of the row at hand: its number in the lines, then
// the fields. An unchanged value is taken from the row as the database gave it.
int l_put(lua_State* L) {
  auto& to = check_object<Lines>(L, 1, kLinesType);
  Cursor& row = *check_object<DbTaskObject>(L, 2, kRowsType).task->rows;
  try {
    Cell number;
    number.kind = Cell::Kind::kInteger;
    number.integer = static_cast<std::int64_t>(to.lines.rows());
    to.lines.add(number);
    for (const std::size_t column : to.before) to.lines.add(row.cell(column));
    for (std::size_t i = 0; i < to.columns.size(); ++i) add_value(L, to, row, i, 4 + 2 * static_cast<int>(i));
    for (const std::size_t column : to.after) to.lines.add(row.cell(column));
  } catch (...) {
    to.lines.drop_open_row();
    throw;
  }
  to.lines.end_row();
  return 0;
}

// line_count(lines)
int l_line_count(lua_State* L) {
  push_integer(L, static_cast<std::int64_t>(check_object<Lines>(L, 1, kLinesType).lines.rows()));
  return 1;
}

// line(lines, i) -> the line as it is sent, without its end
int l_line(lua_State* L) {
  const auto i = static_cast<std::size_t>(luaL_checknumber(L, 2));
  std::string_view text = check_object<Lines>(L, 1, kLinesType).lines.text(i, i + 1);
  text.remove_suffix(1);
  push_text(L, text);
  return 1;
}

int l_clear_lines(lua_State* L) {
  check_object<Lines>(L, 1, kLinesType).lines.clear();
  return 0;
}

// { sql, rows = N, copy = true, n = number of parameters, ... } at the top
BatchStep step_at_top(lua_State* L) {
  BatchStep step{Statement(""), -1, false};
  const int table = lua_gettop(L);
  lua_getfield(L, table, "n");
  const int values = static_cast<int>(lua_tointeger(L, -1));
  luaL_checkstack(L, values + 4, "too many parameters");
  for (int i = 1; i <= values + 1; ++i) lua_rawgeti(L, table, i);
  step.statement = statement_at(L, table + 2, table + 2 + values);
  lua_getfield(L, table, "rows");
  if (!lua_isnil(L, -1)) step.expected = static_cast<std::int64_t>(lua_tonumber(L, -1));
  lua_getfield(L, table, "copy");
  step.takes_lines = lua_toboolean(L, -1) != 0;
  lua_settop(L, table);
  return step;
}

// start(db, steps, lines, first, last) -> batch: a transaction (or a part of the one that is open) that runs while the
// script goes on, with the lines first..last (0-based, last not included) for its COPY; `lines` stays as it is, and
// `db` unused, until finish(batch)
int l_start(lua_State* L) {
  auto connection = check_session(L)->connection;
  luaL_checktype(L, 2, LUA_TTABLE);
  std::string_view text;
  if (!lua_isnoneornil(L, 3)) {
    const CopyLines& lines = check_object<Lines>(L, 3, kLinesType).lines;
    text =
        lines.text(static_cast<std::size_t>(luaL_checknumber(L, 4)), static_cast<std::size_t>(luaL_checknumber(L, 5)));
  }
  std::vector<BatchStep> steps;
  for (std::size_t i = 1; i <= lua_objlen(L, 2); ++i) {
    lua_rawgeti(L, 2, static_cast<int>(i));
    steps.push_back(step_at_top(L));
    lua_pop(L, 1);
  }
  auto& batch = push_object<Batch>(L, kBatchType);
  batch.steps = std::move(steps);
  const auto work = [&batch, text](Connection& on) { batch.outcome = run_batch(on, batch.steps, text); };
  batch.work = std::make_unique<Background>(std::move(connection), events_of(L), work);
  return 1;
}

// finish(batch) -> rows affected by each step, ms; nil and the number of the step that affected another number than it
// should. Waits.
int l_finish(lua_State* L) {
  auto& batch = check_object<Batch>(L, 1, kBatchType);
  const auto work = std::move(batch.work);
  if (!work) throw Error(ErrorKind::kInternal, "this batch has ended already");
  work->wait();
  if (batch.outcome.unexpected > 0) {
    lua_pushnil(L);
    push_integer(L, static_cast<std::int64_t>(batch.outcome.unexpected));
    return 2;
  }
  lua_createtable(L, static_cast<int>(batch.outcome.counts.size()), 0);
  for (std::size_t i = 0; i < batch.outcome.counts.size(); ++i) {
    push_integer(L, batch.outcome.counts[i]);
    lua_rawseti(L, -2, static_cast<int>(i + 1));
  }
  lua_pushnumber(L, batch.outcome.ms);
  return 2;
}

// script() -> file, direction, whether it has a transaction around it, its text, a number that no other run of a script
// has; nothing when none runs
int l_script(lua_State* L) {
  const RunningScript& running = state_of(L).running();
  if (running.direction.empty()) return 0;
  push_text(L, running.file);
  push_text(L, running.direction);
  lua_pushboolean(L, running.transaction ? 1 : 0);
  push_text(L, state_of(L).source(running.file));
  push_integer(L, running.number);
  return 5;
}

// pooled(db): whether two statements outside of a transaction may meet two sessions
int l_pooled(lua_State* L) {
  lua_pushboolean(L, check_connection(L).pooled() ? 1 : 0);
  return 1;
}

// who() -> user, machine, a text that names this process
int l_who(lua_State* L) {
  const WorkContext& work = state_of(L).options().work;
  push_text(L, work.who);
  push_text(L, work.host);
  push_text(L, own_process_identity());
  return 3;
}

// alive(process): whether the process of that text runs on this machine
int l_alive(lua_State* L) {
  lua_pushboolean(L, process_alive(check_text(L, 1)) ? 1 : 0);
  return 1;
}

// joins() -> the run that this process is a worker of, or nothing
int l_joins(lua_State* L) {
  const std::int64_t run = state_of(L).options().work.joins;
  return run == 0 ? 0 : (push_integer(L, run), 1);
}

// at_checkpoint(on): whether the script, when it is stopped from here on, goes on where it stands when it is run again
int l_at_checkpoint(lua_State* L) {
  state_of(L).set_at_checkpoint(lua_toboolean(L, 1) != 0);
  return 0;
}

// work_done(): this worker's part of the run is over. Raises, so that nothing of the script comes after it.
int l_work_done(lua_State* L) {
  state_of(L).end_work();
  throw Error(ErrorKind::kUsage, "this is a worker: its part of the script is over");
}

// masked(table, column) -> whether the environment shows nobody the values of that column
int l_masked(lua_State* L) {
  const auto& masked = state_of(L).options().work.masked;
  lua_pushboolean(L, masked && masked(check_text(L, 1), check_text(L, 2)) ? 1 : 0);
  return 1;
}

using Worker = std::future<CommandResult>;

// start_worker(run) -> worker, another process of this machine; nothing where none can be started
int l_start_worker(lua_State* L) {
  const auto& command = state_of(L).options().work.worker;
  if (!command) return 0;
  const Command worker = command(static_cast<std::int64_t>(luaL_checknumber(L, 1)));
  push_object<Worker>(L, kWorkerType) = std::async(std::launch::async, [worker] { return run_command(worker); });
  return 1;
}

// worker_end(worker) -> exit code and the end of what it said, when it has ended; nothing before
int l_worker_end(lua_State* L) {
  auto& worker = check_object<Worker>(L, 1, kWorkerType);
  if (!worker.valid() || worker.wait_for(std::chrono::seconds(0)) != std::future_status::ready) return 0;
  const CommandResult result = worker.get();
  push_integer(L, result.code);
  push_text(L, result.err);
  return 2;
}

}  // namespace

static constexpr NativeEntry kEntries[] = {
    {"alive", l_alive},
    {"another", l_another},
    {"at_checkpoint", l_at_checkpoint},
    {"clear_lines", l_clear_lines},
    {"execute", l_execute},
    {"fetch", l_fetch},
    {"finish", l_finish},
    {"joins", l_joins},
    {"line", l_line},
    {"line_count", l_line_count},
    {"masked", l_masked},
    {"new_lines", l_new_lines},
    {"pooled", l_pooled},
    {"put", l_put},
    {"script", l_script},
    {"start", l_start},
    {"start_worker", l_start_worker},
    {"who", l_who},
    {"work_done", l_work_done},
    {"worker_end", l_worker_end},
};
const NativeModule kDataModule = {"data", kEntries, std::size(kEntries)};

}  // namespace tide
