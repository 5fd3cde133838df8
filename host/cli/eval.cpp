#include <unistd.h>

#include "base/text.h"
#include "cli/commands.h"
#include "cli/session.h"
#include "lua/prompt.h"
#include "repl/access.h"
#include "repl/audit.h"
#include "repl/flags.h"
#include "repl/rows.h"
#include "repl/value_rows.h"

namespace tide {
namespace {

void print(Session& session, RowFormat format, LuaShown shown) {
  const auto put = [&](std::string_view text) { session.output().print(text); };
  if (shown.names.empty()) return put(shown.text + "\n");
  RowStyle style;
  style.footer = isatty(STDOUT_FILENO) != 0;
  ValueRows rows(std::move(shown.names), std::move(shown.rows));
  write_rows(rows, *make_row_writer(format, style, put), 0);
}

void evaluate(Session& session, RowFormat format, const std::string& text) {
  std::shared_ptr<Connection> connection;
  const auto connect = [&] { return connection = session.engine().script_connection(); };
  LuaPrompt prompt(session.engine().lua(), connect, session.args().texts("ARGS"));
  if (format == RowFormat::kJson) {
    session.output().document(prompt.eval_json(text).value_or(Json()));
  } else {
    for (LuaShown& shown : prompt.eval(text)) print(session, format, std::move(shown));
  }
  if (connection && connection->transaction_state() != TransactionState::kIdle) {
    connection->rollback();
    throw Error(ErrorKind::kLua, "the code left a transaction open, which was rolled back: end it with COMMIT");
  }
}

}  // namespace

int run_eval(Session& session) {
  const RowFormat format = chosen_format(session);
  const std::string text = text_or_input(session, "LUA");
  const Leave leave = choose_access(session);
  audited(session, leave, "eval", text, [&] { evaluate(session, format, text); });
  return 0;
}

}  // namespace tide
