#pragma once

#include <atomic>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "db/drivers.h"
#include "db/postgres_read_only.h"
#include "db/postgres_session.h"
#include "db/postgres_settings.h"
#include "tide/connection.h"

namespace tide {

class PostgresConnection final : public Connection {
 public:
  PostgresConnection(std::string url, ConnectOptions options);
  ~PostgresConnection() override;

  TransactionState transaction_state() const override { return session_->state(); }
  std::string ident(std::string_view name) const override;
  void reset_session() override;
  void interrupt() noexcept override { interruptible_.load()->interrupt(); }
  bool read_only() override;
  bool pooled() override { return session_->pooled(); }
  std::unique_ptr<Connection> clone() override;

 protected:
  Outcome do_run(const Statement& statement, Mode mode) override;
  void do_begin(const TransactionOptions& options) override;
  void before_commit() override;
  std::unique_ptr<CopyIn> do_copy_in(const std::string& table, const std::vector<std::string>& columns) override;
  std::int64_t do_copy_out(const Statement& query, CsvFormat format,
                           const std::function<void(std::string_view)>& write) override;
  std::int64_t do_copy_data(const Statement& copy_statement, std::string_view data) override;

 private:
  void describe();
  void begin_own(const TransactionOptions& options);
  void begin_borrowed(const TransactionOptions& options);
  void listen();
  void replace_session();
  bool cursor_holds();
  std::unique_ptr<Cursor> stream(const Statement& statement, const TextParameters& values);
  void warn_of_lost_setting(const std::string& sql);
  void refuse_stray_copy(const std::string& sql);
  Outcome send(const Statement& statement, Mode mode);
  Outcome run_read_only(const Statement& statement, Mode mode);
  std::shared_ptr<ReadOnlyTurn> take_turn();

  std::string url_;
  ConnectOptions options_;
  std::shared_ptr<PostgresSession> session_;
  std::optional<PostgresSettings> borrowed_;            // of a pooler's session, while a transaction is open
  std::weak_ptr<ReadOnlyTurn> turn_;                    // of a read-only session, while rows are read
  std::atomic<PostgresSession*> interruptible_;         // session_, for a signal handler
  std::vector<std::shared_ptr<PostgresSession>> left_;  // a signal handler may still hold one
};

}  // namespace tide
