#include "repl/bounds.h"

#include "base/text.h"

namespace tide {
namespace {

constexpr const char* kStatementLimit = "60s";
constexpr const char* kIdleLimit = "10min";
constexpr const char* kMark = "tide_input";

std::string set_config(const char* name, const char* value) {
  return cat(", pg_catalog.set_config('", name, "', '", value, "', false)");
}

}  // namespace

bool prepare_session(Connection& connection, const Environment& environment, const Leave& leave) {
  if (connection.info().engine != "postgres") return false;
  std::string sql = "SELECT pg_catalog.current_setting('is_superuser')";
  if (!connection.pooled()) {
    const bool own_limit = !environment.statement_timeout.empty();
    if (environment.is_protected && !own_limit) sql += set_config("statement_timeout", kStatementLimit);
    if (environment.is_protected || leave.bounded()) {
      sql += set_config("idle_in_transaction_session_timeout", kIdleLimit);
    }
  }
  Statement statement(sql);
  statement.internal = true;
  const auto row = connection.query(statement);
  return row->next() && row->cell(0).text == "on";
}

std::string greeting(const Connection& connection, const Environment& environment, const Leave& leave) {
  const ConnectionInfo& info = connection.info();
  std::string text = cat(environment.name, ": ", info.display, ", ", info.engine, " ", info.version);
  if (leave.read_only) text += ", read-only";
  if (leave.sandbox) text += ", sandbox: everything is rolled back at the end";
  if (!leave.reason.empty()) text += cat(", one transaction (", leave.reason, "): COMMIT shows the changes and asks");
  if (!environment.masked.empty()) text += cat("\nmasked: ", join(environment.masked, ", "));
  return text + "\nLua or SQL; \\? lists the commands, \\q leaves.";
}

BoundedInput::BoundedInput(Connection& connection, const Leave& leave) : connection_(connection) {
  if (!leave.bounded()) return;
  if (connection_.transaction_state() == TransactionState::kIdle) {
    TransactionOptions options;
    options.managed = true;
    connection_.begin(options);
  }
  connection_.savepoint(kMark);
  marked_ = true;
}

BoundedInput::~BoundedInput() {
  if (!marked_) return;
  try {
    const TransactionState state = connection_.transaction_state();
    if (state != TransactionState::kOpen && state != TransactionState::kFailed) return;
    connection_.rollback_to(kMark);
    connection_.release(kMark);
  } catch (const std::exception&) {
    // the session is lost, and everything with it
  }
}

void BoundedInput::keep() {
  if (marked_ && connection_.transaction_state() == TransactionState::kOpen) connection_.release(kMark);
  marked_ = false;
}

}  // namespace tide
