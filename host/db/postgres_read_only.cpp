#include "db/postgres_read_only.h"

#include <utility>

namespace tide {
namespace {

class TurnRows final : public Cursor {
 public:
  TurnRows(std::unique_ptr<Cursor> rows, std::shared_ptr<ReadOnlyTurn> turn)
      : turn_(std::move(turn)), rows_(std::move(rows)) {}
  ~TurnRows() override { close(); }

  const std::vector<std::string>& names() const override { return rows_->names(); }
  ColumnOrigin origin(std::size_t column) const override { return rows_->origin(column); }
  bool next() override { return rows_->next(); }
  Cell cell(std::size_t column) override { return rows_->cell(column); }
  Value array(std::size_t column) override { return rows_->array(column); }
  void close() noexcept override {
    rows_->close();
    turn_.reset();
  }

 private:
  std::shared_ptr<ReadOnlyTurn> turn_;
  std::unique_ptr<Cursor> rows_;
};

}  // namespace

const char* const kNailReadOnly = "SET TRANSACTION READ ONLY; SELECT 1";

ReadOnlyTurn::ReadOnlyTurn(PostgresSession& session) : session_(session) {
  session_.execute("BEGIN READ ONLY; SELECT 1");
}

// COMMIT, so that what the session set for itself (search_path) stays; of a failed transaction it is a ROLLBACK.
ReadOnlyTurn::~ReadOnlyTurn() {
  try {
    const TransactionState state = session_.state();
    if (state == TransactionState::kOpen || state == TransactionState::kFailed) session_.execute("COMMIT");
  } catch (const std::exception&) {
    // the session is lost, and the transaction with it
  }
}

std::unique_ptr<Cursor> keep_turn(std::unique_ptr<Cursor> rows, std::shared_ptr<ReadOnlyTurn> turn) {
  if (rows == nullptr) return rows;
  return std::make_unique<TurnRows>(std::move(rows), std::move(turn));
}

}  // namespace tide
