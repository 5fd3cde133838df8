#include <algorithm>
#include <lua.hpp>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "base/text.h"
#include "db/cell_text.h"
#include "lua/convert.h"
#include "lua/data_lines.h"
#include "lua/db_session.h"
#include "lua/lists.h"
#include "lua/modules.h"
#include "lua/native_object.h"
#include "lua/paths.h"
#include "lua/state.h"
#include "sys/csv_file.h"
#include "sys/new_file.h"
#include "tide/error.h"

// Primitives of data.import_csv, data.export_csv and data.csv_rows.
namespace tide {

namespace {

constexpr const char* kFileType = "tide.csv.file";
constexpr const char* kRowsOfFileType = "tide.csv.rows";
constexpr std::size_t kMostText = 8 * 1024 * 1024;  // in one batch, however many rows that is

struct OpenFile {
  std::unique_ptr<CsvFile> file;
};

// A batch of rows for one table: the line each begins on, and for SQLite its values. For PostgreSQL they are lines of
// COPY, which stand in a `Lines`.
struct FileRows {
  std::vector<std::int64_t> numbers;
  std::vector<std::vector<Value>> values;
  std::vector<std::string> names;  // of the table's columns
  std::vector<std::uint32_t> types;
  std::vector<SqliteAffinity> affinities;
  bool numbered = false;  // the number of the row in the batch stands before the others
};

CsvFile& check_file(lua_State* L, int index) {
  auto& file = check_object<OpenFile>(L, index, kFileType).file;
  if (!file) throw Error(ErrorKind::kUsage, "this CSV file is closed");
  return *file;
}

FileRows& check_rows(lua_State* L, int index) { return check_object<FileRows>(L, index, kRowsOfFileType); }

Lines* opt_lines(lua_State* L, int index) {
  return lua_isnoneornil(L, index) ? nullptr : &check_object<Lines>(L, index, kLinesType);
}

char check_delimiter(lua_State* L, int index) { return check_text(L, index)[0]; }

// open(path, delimiter) -> file, names of its columns
int l_open(lua_State* L) {
  const std::string shown = check_text(L, 1);
  auto opened = std::make_unique<CsvFile>(check_path(state_of(L).options(), shown), shown, check_delimiter(L, 2));
  const std::vector<std::string> names = opened->names();
  push_object<OpenFile>(L, kFileType).file = std::move(opened);
  push_list(L, names);
  return 2;
}

int l_close(lua_State* L) {
  check_object<OpenFile>(L, 1, kFileType).file.reset();
  return 0;
}

// survey(path, delimiter, names of the key) -> rows, bytes, sha256; raises what is wrong anywhere in the file
int l_survey(lua_State* L) {
  const std::string shown = check_text(L, 1);
  const CsvSurvey survey =
      survey_csv(check_path(state_of(L).options(), shown), shown, check_delimiter(L, 2), texts_at(L, 3));
  push_integer(L, survey.rows);
  push_integer(L, survey.bytes);
  push_text(L, survey.sha256);
  return 3;
}

// go_on_at(file, offset, line)
int l_go_on_at(lua_State* L) {
  check_file(L, 1).go_on_at(static_cast<std::int64_t>(luaL_checknumber(L, 2)),
                            static_cast<std::int64_t>(luaL_checknumber(L, 3)));
  return 0;
}

// place(file) -> offset and line of the next record; raises when the file is another one by now
int l_place(lua_State* L) {
  const CsvFile& file = check_file(L, 1);
  file.refuse_if_changed();
  push_integer(L, file.record().offset());
  push_integer(L, file.record().next_line());
  return 2;
}

// row(file, names) -> a table of the next record's texts by these names (false = left out), the line it begins on;
// nothing at the end
int l_row(lua_State* L) {
  CsvFile& file = check_file(L, 1);
  luaL_checktype(L, 2, LUA_TTABLE);
  if (!file.next()) return 0;
  const CsvReader& record = file.record();
  lua_createtable(L, 0, static_cast<int>(record.size()));
  for (std::size_t i = 0; i < record.size(); ++i) {
    if (record.is_null(i)) continue;
    lua_rawgeti(L, 2, static_cast<int>(i + 1));
    if (lua_toboolean(L, -1) == 0) {
      lua_pop(L, 1);
      continue;
    }
    push_text(L, record.field(i));
    lua_rawset(L, -3);
  }
  push_integer(L, record.line());
  return 2;
}

// new_rows(names, types, affinities, numbered) -> rows
int l_new_rows(lua_State* L) {
  FileRows made;
  made.names = texts_at(L, 1);
  made.types = numbers_at<std::uint32_t>(L, 2);
  for (const std::string& name : texts_at(L, 3)) {
    made.affinities.push_back(name == "blob"   ? SqliteAffinity::kBlob
                              : name == "real" ? SqliteAffinity::kReal
                                               : SqliteAffinity::kOther);
  }
  made.numbered = lua_toboolean(L, 4) != 0;
  push_object<FileRows>(L, kRowsOfFileType) = std::move(made);
  return 1;
}

// clear(rows, lines)
int l_clear(lua_State* L) {
  FileRows& rows = check_rows(L, 1);
  rows.numbers.clear();
  rows.values.clear();
  if (Lines* lines = opt_lines(L, 2)) lines->lines.clear();
  return 0;
}

Cell text_cell(std::string_view text) {
  Cell cell;
  cell.kind = Cell::Kind::kText;
  cell.text = text;
  return cell;
}

Cell number_cell(std::size_t number) {
  Cell cell;
  cell.kind = Cell::Kind::kInteger;
  cell.integer = static_cast<std::int64_t>(number);
  return cell;
}

void add_line(const FileRows& rows, CopyLines& lines, const CsvReader& record, const std::vector<std::size_t>& places) {
  if (rows.numbered) lines.add(number_cell(rows.numbers.size()));
  for (const std::size_t at : places) lines.add(record.is_null(at) ? Cell() : text_cell(record.field(at)));
  lines.end_row();
}

std::vector<Value> values_of(const FileRows& rows, const CsvReader& record, const std::vector<std::size_t>& places) {
  std::vector<Value> values;
  values.reserve(places.size() + 1);
  values.emplace_back(static_cast<std::int64_t>(rows.numbers.size()));
  for (std::size_t i = 0; i < places.size(); ++i) {
    values.push_back(record.is_null(places[i]) ? Value(Null())
                                               : sqlite_value(record.field(places[i]), rows.affinities[i]));
  }
  return values;
}

// fill(rows, lines, file, places, limit) -> how many records were added, whether the file has ended. `places` of the
// record's fields (0-based) go into the table's columns in their order.
int l_fill(lua_State* L) {
  FileRows& rows = check_rows(L, 1);
  Lines* lines = opt_lines(L, 2);
  CsvFile& file = check_file(L, 3);
  const auto places = numbers_at<std::size_t>(L, 4);
  const auto limit = static_cast<std::int64_t>(luaL_checknumber(L, 5));
  std::int64_t count = 0;
  const std::int64_t most = file.record().offset() + static_cast<std::int64_t>(kMostText);
  bool ended = false;
  while (count < limit && file.record().offset() < most && !(ended = !file.next())) {
    const CsvReader& record = file.record();
    lines != nullptr ? add_line(rows, lines->lines, record, places)
                     : rows.values.push_back(values_of(rows, record, places));
    rows.numbers.push_back(record.line());
    ++count;
  }
  push_integer(L, count);
  lua_pushboolean(L, ended ? 1 : 0);
  return 2;
}

// The field `name` of the row in `table`, which may have a metatable.
void get_field(lua_State* L, int table, const std::string& name) {
  lua_pushlstring(L, name.data(), name.size());
  lua_rawget(L, table);
}

void add_line_of_table(lua_State* L, const FileRows& rows, CopyLines& lines, int table) {
  if (rows.numbered) lines.add(number_cell(rows.numbers.size()));
  for (std::size_t i = 0; i < rows.names.size(); ++i) {
    get_field(L, table, rows.names[i]);
    if (lua_type(L, -1) == LUA_TSTRING) {
      const std::string text = check_text(L, -1);
      if (text.find('\0') != text.npos) throw Error(ErrorKind::kUsage, cat(rows.names[i], ": a text with a NUL byte"));
      lines.add(text_cell(text));
    } else {
      lines.add(to_value(L, lua_gettop(L), rows.names[i]), rows.types[i], rows.names[i]);
    }
    lua_pop(L, 1);
  }
  lines.end_row();
}

std::vector<Value> values_of_table(lua_State* L, const FileRows& rows, int table) {
  std::vector<Value> values = {Value(static_cast<std::int64_t>(rows.numbers.size()))};
  for (std::size_t i = 0; i < rows.names.size(); ++i) {
    get_field(L, table, rows.names[i]);
    values.push_back(lua_type(L, -1) == LUA_TSTRING ? sqlite_value(check_text(L, -1), rows.affinities[i])
                                                    : to_value(L, lua_gettop(L), rows.names[i]));
    lua_pop(L, 1);
  }
  return values;
}

// add(rows, lines, row, line): a row whose columns are fields of a table
int l_add(lua_State* L) {
  FileRows& rows = check_rows(L, 1);
  Lines* lines = opt_lines(L, 2);
  luaL_checktype(L, 3, LUA_TTABLE);
  try {
    lines != nullptr ? add_line_of_table(L, rows, lines->lines, 3) : rows.values.push_back(values_of_table(L, rows, 3));
  } catch (...) {
    if (lines != nullptr) lines->lines.drop_open_row();
    throw;
  }
  rows.numbers.push_back(static_cast<std::int64_t>(luaL_checknumber(L, 4)));
  return 0;
}

// count(rows)
int l_count(lua_State* L) {
  push_integer(L, static_cast<std::int64_t>(check_rows(L, 1).numbers.size()));
  return 1;
}

// line_of(rows, i) -> the line of the file that row i (0-based) begins on
int l_line_of(lua_State* L) {
  push_integer(L, check_rows(L, 1).numbers.at(static_cast<std::size_t>(luaL_checknumber(L, 2))));
  return 1;
}

// "INSERT INTO t (a, b) VALUES ($1, $2), ($3, $4)" with the values of these rows.
Statement insert_of(const FileRows& rows, std::size_t first, std::size_t last, const std::string& into) {
  Statement insert(cat("INSERT INTO ", into, " VALUES "));
  insert.internal = true;
  for (std::size_t i = first; i < last; ++i) {
    insert.sql += i == first ? "(" : ", (";
    for (const Value& value : rows.values[i]) {
      insert.params.push_back(value);
      insert.sql += cat(&value == rows.values[i].data() ? "$" : ", $", insert.params.size());
    }
    insert.sql += ')';
  }
  return insert;
}

// load(db, rows, into): into a table of SQLite ("t (n, a, b)"), the row's number in the batch first
int l_load(lua_State* L) {
  constexpr std::size_t kMostParameters = 200;  // SQLite looks for the name of each among all of them
  Connection& connection = check_connection(L);
  const FileRows& rows = check_rows(L, 2);
  const std::string into = check_text(L, 3);
  const std::size_t step = std::max<std::size_t>(1, kMostParameters / (rows.names.size() + 1));
  for (std::size_t at = 0; at < rows.values.size(); at += step) {
    connection.execute(insert_of(rows, at, std::min(at + step, rows.values.size()), into));
  }
  return 0;
}

// export(db, sql, path, delimiter, overwrite) -> rows, bytes, sha256; nothing in a dry run
int l_export(lua_State* L) {
  const Statement query(check_text(L, 2));
  const std::string shown = check_text(L, 3);
  const std::string path = check_path(state_of(L).options(), shown);
  const CsvFormat format{true, check_delimiter(L, 4)};
  const auto existing = lua_toboolean(L, 5) != 0 ? NewFile::Existing::kReplace : NewFile::Existing::kRefuse;
  Connection& connection = check_connection(L);
  std::int64_t rows = 0, bytes = 0;
  Sha256 digest;
  const bool done = state_of(L).effects().run("fs", cat("export rows to ", shown), [&] {
    NewFile file(path, 0600, existing);
    rows = connection.copy_out(query, format, [&](std::string_view line) {
      digest.update(line);
      file.write(line);
    });
    file.complete();
    bytes = file.bytes();
  });
  if (!done) return 0;
  push_integer(L, rows);
  push_integer(L, bytes);
  push_text(L, digest.hex());
  return 3;
}

}  // namespace

static constexpr NativeEntry kEntries[] = {
    {"add", l_add},   {"clear", l_clear},       {"close", l_close},     {"count", l_count},   {"export", l_export},
    {"fill", l_fill}, {"go_on_at", l_go_on_at}, {"line_of", l_line_of}, {"load", l_load},     {"new_rows", l_new_rows},
    {"open", l_open}, {"place", l_place},       {"row", l_row},         {"survey", l_survey},
};
const NativeModule kCsvModule = {"csv", kEntries, std::size(kEntries)};

}  // namespace tide
