#pragma once

#include <memory>
#include <string>
#include <vector>

#include "db/drivers.h"
#include "db/postgres_session.h"
#include "tide/connection.h"

namespace tide {

class PostgresConnection final : public Connection {
 public:
  PostgresConnection(std::string url, ConnectOptions options);
  ~PostgresConnection() override;

  TransactionState transaction_state() const override { return session_->state(); }
  std::string ident(std::string_view name) const override;
  void reset_session() override;
  void interrupt() noexcept override { session_->interrupt(); }
  bool read_only() override;
  std::unique_ptr<Connection> clone() override;

 protected:
  Outcome do_run(const Statement& statement, Mode mode) override;
  void do_begin(const TransactionOptions& options) override;
  std::unique_ptr<CopyIn> do_copy_in(const std::string& table, const std::vector<std::string>& columns) override;
  std::int64_t do_copy_out(const Statement& query, bool header,
                           const std::function<void(std::string_view)>& write) override;
  std::int64_t do_copy_data(const Statement& copy_statement, std::string_view data) override;

 private:
  void describe();
  std::unique_ptr<Cursor> stream(const Statement& statement, const TextParameters& values);
  void refuse_stray_copy(const std::string& sql);

  std::string url_;
  ConnectOptions options_;
  std::shared_ptr<PostgresSession> session_;
};

}  // namespace tide
