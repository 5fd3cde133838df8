#include "db/postgres_rows.h"

#include "base/text.h"

namespace tide {

void PostgresColumns::add(const char* name, PgType type) {
  names.emplace_back(name);
  types.push_back(type);
  scratch.emplace_back();
}

void PostgresColumns::refuse(std::size_t column) const {
  throw Error(ErrorKind::kUsage, cat("there is no column ", column + 1, ": the result has ", types.size()));
}

PostgresRows::PostgresRows(PostgresSession& session, const pqxx::result& result) : result_(result) {
  for (pqxx::row::size_type i = 0; i < result_.columns(); ++i) {
    columns_.add(result_.column_name(i), session.type(result_.column_type(i)));
    const bool known = result_.column_table(i) != pqxx::oid_none;
    columns_.origins.push_back({result_.column_table(i), known ? static_cast<int>(result_.table_column(i)) + 1 : 0,
                                result_.column_type(i), "", ""});
  }
}

bool PostgresRows::next() {
  if (next_ >= result_.size()) return false;
  row_ = result_[next_++];
  return true;
}

pqxx::field PostgresRows::field(std::size_t column) const {
  columns_.require(column);
  return row_[static_cast<pqxx::row::size_type>(column)];
}

Cell PostgresRows::cell(std::size_t column) {
  const pqxx::field value = field(column);
  if (value.is_null()) return {};
  return decode_cell(columns_.types[column], {value.c_str(), value.size()}, columns_.scratch[column]);
}

Value PostgresRows::array(std::size_t column) {
  const pqxx::field value = field(column);
  if (value.is_null()) return Null{};
  return decode_array(columns_.types[column], {value.c_str(), value.size()});
}

}  // namespace tide
