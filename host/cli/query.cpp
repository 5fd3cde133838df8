#include <unistd.h>

#include "base/text.h"
#include "cli/commands.h"
#include "cli/console.h"
#include "cli/session.h"
#include "db/sql_scan.h"
#include "repl/access.h"
#include "repl/audit.h"
#include "repl/flags.h"
#include "repl/printer.h"

namespace tide {
namespace {

Dialect dialect_of(const Connection& connection) {
  return connection.info().engine == "sqlite" ? Dialect::kSqlite : Dialect::kPostgres;
}

SqlPrinter printer_of(const Session& session) {
  SqlPrinter printer;
  printer.format = chosen_format(session);
  printer.style.footer = isatty(STDOUT_FILENO) != 0;
  if (session.args().has("limit")) printer.limit = session.args().positive("limit", 0);
  return printer;
}

void run_one(Session& session, Connection& connection, const SqlPrinter& printer, Statement statement) {
  const std::string verb = classify_sql(statement.sql, dialect_of(connection)).verb;
  const auto put = [&](std::string_view text) { session.output().print(text); };
  const SqlPrinter::Result result = printer.run(connection, statement, put);
  if (result.cut) session.say(cat("only the first ", counted(result.rows, "row"), ": --limit"));
  if (!result.has_rows) session.say(result.rows > 0 ? cat(verb, ": ", counted(result.rows, "row")) : verb);
}

void run_all(Session& session, const SqlPrinter& printer, const std::string& text) {
  const std::shared_ptr<Connection> connection = session.engine().script_connection();
  const std::vector<SqlSpan> statements = split_sql(text, dialect_of(*connection));
  if (statements.empty()) throw Error(ErrorKind::kUsage, "there is no statement in it");
  for (const SqlSpan& span : statements) {
    run_one(session, *connection, printer, Statement(text.substr(span.begin, span.end - span.begin)));
  }
  if (connection->transaction_state() != TransactionState::kIdle) {
    connection->rollback();
    throw Error(ErrorKind::kSql, "the statements left a transaction open, which was rolled back: end it with COMMIT");
  }
}

}  // namespace

int run_query(Session& session) {
  const SqlPrinter printer = printer_of(session);
  const std::string text = text_or_input(session, "SQL");
  const Leave leave = choose_access(session);
  audited(session, leave, "query", text, [&] { run_all(session, printer, text); });
  return 0;
}

}  // namespace tide
