#include "schema/postgres_catalog.h"

#include <utility>

#include "base/text.h"
#include "schema/snapshot.h"
#include "schema/snapshot_builder.h"

namespace tide {
namespace {

constexpr int kMajor = 10000;

Json json_at(Cursor& row, std::size_t column) {
  const Cell cell = row.cell(column);
  switch (cell.kind) {
    case Cell::Kind::kBool:
      return cell.boolean;
    case Cell::Kind::kInteger:
      return cell.integer;
    case Cell::Kind::kArray:
      return to_json(row.array(column));
    case Cell::Kind::kNull:
      return Null();
    default:
      return std::string(cell.text);
  }
}

Json::Object properties_at(Cursor& row, std::size_t first) {
  Json::Object properties;
  const auto& names = row.names();
  for (std::size_t i = first; i < names.size(); ++i) {
    Json value = json_at(row, i);
    if (!std::holds_alternative<Null>(value.data)) properties.emplace_back(names[i], std::move(value));
  }
  return properties;
}

std::string text_at(Cursor& row, std::size_t column) { return std::string(row.cell(column).text); }
std::int64_t id_at(Cursor& row, std::size_t column) { return row.cell(column).integer; }

// A column is known by its table and its number, as the comments name it.
CatalogId part_id(const CatalogQuery& query, Cursor& row) {
  if (std::string_view(query.catalog) != "pg_attribute") return {query.catalog, id_at(row, 0)};
  return {query.owner, id_at(row, 1), id_at(row, 0)};
}

Json names_of(const Json& numbers, std::int64_t table, const SnapshotBuilder& builder) {
  Json::List names;
  for (const Json& number : std::get<Json::List>(numbers.data)) {
    names.emplace_back(builder.name_of({"pg_class", table, std::get<std::int64_t>(number.data)}));
  }
  return names;
}

// Names instead of numbers. A table that the snapshot leaves out (of an extension) is known by the definition alone.
void name_columns(Json::Object& constraint, std::int64_t table, const SnapshotBuilder& builder) {
  std::int64_t other = 0;
  for (auto property = constraint.begin(); property != constraint.end();) {
    auto& [name, value] = *property;
    if (name == "columns") value = names_of(value, table, builder);
    if (name == "references") {
      other = std::get<std::int64_t>(value.data);
      value = builder.name_of({"pg_class", other});
    }
    const bool unknown = other != 0 && builder.name_of({"pg_class", other}).empty();
    const bool about_other = name == "references" || name == "referenced_columns";
    if (name == "referenced_columns" && !unknown) value = names_of(value, other, builder);
    property = unknown && about_other ? constraint.erase(property) : std::next(property);
  }
}

void take_part(const CatalogQuery& query, Cursor& row, SnapshotBuilder& builder) {
  Json::Object properties = properties_at(row, 3);
  if (std::string_view(query.catalog) == "pg_constraint") name_columns(properties, id_at(row, 1), builder);
  builder.add_part({query.owner, id_at(row, 1)}, part_id(query, row), query.collection, text_at(row, 2),
                   std::move(properties));
}

void take_row(const CatalogQuery& query, Cursor& row, SnapshotBuilder& builder) {
  using About = CatalogQuery::About;
  switch (query.about) {
    case About::kObject:
      return builder.add_object({query.catalog, id_at(row, 0)}, text_at(row, 1), text_at(row, 2),
                                properties_at(row, 3));
    case About::kPart:
      return take_part(query, row, builder);
    case About::kProperties:
      return builder.add_properties({query.catalog, id_at(row, 0)}, properties_at(row, 1));
    case About::kAlias:
      return builder.add_alias({text_at(row, 1), id_at(row, 2)}, {query.catalog, id_at(row, 0)});
    case About::kUse:
      return builder.add_use({text_at(row, 0), id_at(row, 1)}, {text_at(row, 2), id_at(row, 3)});
    case About::kComment:
      return builder.add_properties({text_at(row, 0), id_at(row, 1), id_at(row, 2)}, properties_at(row, 3));
  }
}

void read_all(Connection& connection, const std::vector<CatalogQuery>& queries, SnapshotBuilder& builder) {
  for (const CatalogQuery& query : queries) {
    Statement statement(query.sql);
    statement.internal = true;
    const auto rows = connection.query(statement);
    while (rows->next()) take_row(query, *rows, builder);
  }
}

}  // namespace

Json read_postgres_catalog(Connection& connection, const SnapshotOptions& options) {
  Statement path("SELECT set_config('search_path', 'pg_catalog', true)");
  path.internal = true;
  connection.execute(path);
  SnapshotBuilder builder;
  read_all(connection, postgres_object_queries(), builder);
  read_all(connection, postgres_relation_queries(), builder);
  if (options.grants) read_all(connection, postgres_grant_queries(), builder);
  read_all(connection, postgres_link_queries(), builder);
  Json::Object head = {
      {"format", kSnapshotFormat}, {"engine", "postgres"}, {"server", connection.info().version_number / kMajor}};
  if (options.grants) head.emplace_back("grants", true);
  return builder.finish(std::move(head));
}

}  // namespace tide
