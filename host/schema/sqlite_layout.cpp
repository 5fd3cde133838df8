#include "schema/sqlite_layout.h"

#include <cstdint>
#include <utility>

#include "schema/sqlite_table.h"

namespace tide {
namespace {

Json span_json(const SqliteTable::Span& span) {
  return Json::List{static_cast<std::int64_t>(span.begin + 1), static_cast<std::int64_t>(span.end)};
}

void add_span(Json::Object& out, const char* name, const SqliteTable::Span& span) {
  if (span.end != 0) out.emplace_back(name, span_json(span));
}

Json column_json(const SqliteTable::Column& column) {
  Json::Object out = {{"name", column.name}, {"span", span_json(column.span)}};
  add_span(out, "type", column.type);
  add_span(out, "not_null", column.not_null);
  add_span(out, "default", column.otherwise);
  if (!column.generated.empty()) out.emplace_back("generated", true);
  return out;
}

Json constraint_json(const SqliteTable::Constraint& constraint) {
  Json::Object out = {{"name", constraint.name},
                      {"type", constraint.type},
                      {"definition", constraint.definition},
                      {"span", span_json(constraint.span)},
                      {"columns", Json::List(constraint.columns.begin(), constraint.columns.end())}};
  if (!constraint.column.empty()) out.emplace_back("column", constraint.column);
  if (!constraint.given_name.empty()) out.emplace_back("named", true);
  if (!constraint.references.empty()) out.emplace_back("references", constraint.references);
  return out;
}

}  // namespace

Json sqlite_layout(std::string_view sql) {
  const SqliteTable table = parse_sqlite_table(sql);
  Json::List columns, constraints;
  for (const auto& column : table.columns) columns.push_back(column_json(column));
  for (const auto& constraint : table.constraints) constraints.push_back(constraint_json(constraint));
  return Json::Object{{"name", span_json(table.name)},
                      {"body", span_json(table.body)},
                      {"columns", std::move(columns)},
                      {"constraints", std::move(constraints)}};
}

}  // namespace tide
