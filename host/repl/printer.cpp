#include "repl/printer.h"

#include "db/postgres_sql.h"
#include "db/sql_scan.h"

namespace tide {
namespace {

constexpr std::size_t kSpoolBytes = 64 * 1024;

bool is_postgres(const Connection& connection) { return connection.info().engine == "postgres"; }

// The transaction of a statement that stands alone, so that its rows come as the server finds them: outside of one the
// server would have to keep them all first.
class OwnTransaction {
 public:
  OwnTransaction(Connection& connection, const Statement& statement) : connection_(connection) {
    wanted_ = is_postgres(connection) && is_cursor_query(statement.sql) && !connection.pooled() &&
              connection.transaction_state() == TransactionState::kIdle;
    if (wanted_) connection_.begin();
  }
  ~OwnTransaction() {
    if (!wanted_) return;
    try {
      connection_.rollback();
    } catch (const std::exception&) {
      // the session is lost, and the transaction with it
    }
  }
  OwnTransaction(const OwnTransaction&) = delete;
  OwnTransaction& operator=(const OwnTransaction&) = delete;

  void commit() {
    if (std::exchange(wanted_, false)) connection_.commit();
  }

 private:
  Connection& connection_;
  bool wanted_ = false;
};

std::int64_t print_csv(Connection& connection, const Statement& statement, const Put& put) {
  Spool spool(put);
  const std::int64_t rows = connection.copy_out(statement, {}, [&](std::string_view line) { spool.add(line); });
  spool.flush();
  return rows;
}

}  // namespace

void Spool::add(std::string_view piece) {
  held_ += piece;
  if (held_.size() >= kSpoolBytes) flush();
}

void Spool::flush() {
  if (!held_.empty()) put_(held_);
  held_.clear();
}

SqlPrinter::Result SqlPrinter::run(Connection& connection, const Statement& statement, const Put& put) const {
  if (format == RowFormat::kCsv && limit == 0 && is_postgres(connection) && is_cursor_query(statement.sql)) {
    return {true, print_csv(connection, statement, put), false};
  }
  const std::int64_t before = connection.rows();
  OwnTransaction transaction(connection, statement);
  const std::unique_ptr<Cursor> cursor = connection.stream(statement);
  if (cursor == nullptr || cursor->names().empty()) return {false, connection.rows() - before, false};
  Spool spool(put);
  const auto writer = make_row_writer(format, style, [&](std::string_view piece) { spool.add(piece); });
  const Written written = write_rows(*cursor, *writer, limit);
  spool.flush();
  cursor->close();
  transaction.commit();
  return {true, written.rows, written.cut};
}

}  // namespace tide
