#pragma once

#include <chrono>
#include <cstdint>
#include <memory>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "tide/connection.h"

namespace tide {

// Covers the values of columns that nobody is to read, in the rows of one session with a database.
//
// What is covered: a result column that comes straight from a masked one, also through views, partitions and
// subqueries, as the server names its origin; and an expression (lower(email), row_to_json(users)) while the statement
// reads a table that has a masked column, unless its type can hold none of their values (count(*) is a bigint). A
// condition on a masked column is not stopped: whoever may ask can still guess.
class Mask {
 public:
  // "users.email", "public.users.email", "*.password_hash"
  explicit Mask(std::vector<std::string> columns);

  // The rows with *** for what is covered. `rows` may be null.
  std::unique_ptr<Cursor> cover(Connection& connection, const Statement& statement, std::unique_ptr<Cursor> rows);

  // Takes out of an error what may be a value of a row: quoted words of the message, DETAIL and CONTEXT, and the whole
  // of what a function raised.
  static void hide_values(Error& error);
  // What stands for a notice, which may say anything.
  static const char* hidden_notice();

  // Whether a column of this name may be masked; for completion, and engines that do not name origins.
  bool names(const std::string& table, const std::string& column) const;

  // kTexts: of SQLite's expressions, which have no type, what is no number.
  enum class Cover : std::uint8_t { kNothing, kTexts, kAll };

 private:
  struct Known {
    std::set<std::pair<std::uint32_t, int>> columns;  // PostgreSQL: relation and number of masked columns
    std::set<std::uint32_t> relations;                // that have one
    std::set<std::uint32_t> types;                    // of their values
  };

  std::vector<Cover> covered_postgres(Connection& connection, const Cursor& rows);
  std::vector<Cover> covered_sqlite(Connection& connection, const Statement& statement, const Cursor& rows);
  void know(Connection& connection, const std::set<std::uint32_t>& relations);
  void load(Connection& connection);
  bool reads_masked_relation(Connection& connection);
  bool reads_masked_table(Connection& connection, const Statement& statement);

  std::vector<std::string> columns_;
  Known known_;
  using Clock = std::chrono::steady_clock;
  std::set<std::uint32_t> seen_;  // relations that were there when known_ was loaded
  Clock::time_point loaded_;
};

}  // namespace tide
