#pragma once

#include <memory>
#include <string>
#include <vector>

#include "db/drivers.h"
#include "db/sqlite_session.h"
#include "db/sqlite_statement.h"
#include "tide/connection.h"

namespace tide {

class SqliteConnection final : public Connection {
 public:
  SqliteConnection(const std::string& url, const SqliteUrl& parsed);

  TransactionState transaction_state() const override;
  std::string ident(std::string_view name) const override;
  void reset_session() override;
  void interrupt() noexcept override { session_->interrupt(); }
  bool read_only() override;
  std::unique_ptr<Connection> clone() override;
  SqliteSession& session() { return *session_; }

 protected:
  Outcome do_run(const Statement& statement, Mode mode) override;
  void do_begin(const TransactionOptions& options) override;
  void do_enforce_foreign_keys(bool on) override { session_->enforce_foreign_keys(on); }
  std::unique_ptr<CopyIn> do_copy_in(const std::string& table, const std::vector<std::string>& columns) override;
  std::int64_t do_copy_out(const Statement& query, CsvFormat format,
                           const std::function<void(std::string_view)>& write) override;
  std::int64_t do_copy_data(const Statement& copy_statement, std::string_view data) override;

 private:
  void require_usable(const Statement& statement) const;
  Outcome run_prepared(std::unique_ptr<SqliteStatement> prepared, Mode mode);
  std::int64_t run_to_end(SqliteStatement& prepared);
  std::int64_t rows_changed(std::int64_t total_before) const;
  void drop_temporary_objects();
  std::vector<std::string> texts(const std::string& sql);  // the first column of the driver's own query

  SqliteUrl url_;
  std::shared_ptr<SqliteSession> session_;  // cursors keep it alive
  std::shared_ptr<bool> loading_;           // a copy_in is under way
};

}  // namespace tide
