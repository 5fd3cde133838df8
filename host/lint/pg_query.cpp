#include "lint/pg_query.h"

#include <pg_query.h>

#include <memory>

#include "base/text.h"
#include "tide/error.h"

namespace tide {
namespace {

struct Result {
  explicit Result(const std::string& sql) : parsed(pg_query_parse(sql.c_str())) {}
  ~Result() { pg_query_free_parse_result(parsed); }
  Result(const Result&) = delete;
  Result& operator=(const Result&) = delete;

  PgQueryParseResult parsed;
};

Json first_statement(Json& document) {
  const Json* statements = document.find("stmts");
  const auto* list = statements == nullptr ? nullptr : std::get_if<Json::List>(&statements->data);
  const Json* statement = list == nullptr || list->empty() ? nullptr : list->front().find("stmt");
  return statement == nullptr ? Json() : *statement;
}

}  // namespace

ParsedSql parse_postgres(const std::string& sql) {
  if (const auto nul = sql.find('\0'); nul != std::string::npos) {
    return {{}, "a NUL byte in the text", static_cast<int>(utf8_length(sql.substr(0, nul))) + 1};
  }
  const Result result(sql);
  if (result.parsed.error != nullptr) return {{}, result.parsed.error->message, result.parsed.error->cursorpos};
  try {
    Json document = parse_json(result.parsed.parse_tree);
    return {first_statement(document), "", 0};
  } catch (const Error&) {  // deeper than a document may be
    return {{}, "the statement is nested too deeply", 0};
  }
}

int grammar_version() { return PG_VERSION_NUM / 10000; }

}  // namespace tide
