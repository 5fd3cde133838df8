#include "schema/postgres_ddl.h"

#include <algorithm>
#include <utility>

#include "base/text.h"
#include "db/postgres_encode.h"
#include "schema/json_tree.h"
#include "schema/kinds.h"
#include "schema/names.h"
#include "tide/value.h"

namespace tide {
namespace {

std::string upper(std::string text) {
  std::transform(text.begin(), text.end(), text.begin(), [](unsigned char c) { return std::toupper(c); });
  return text;
}

std::string number(const Json& value, const char* key) {
  const Json* found = value.find(key);
  return found != nullptr ? dump_json(*found) : "0";
}

std::string option(const Json& value, const char* key, const char* word) {
  const std::string text = text_of(value, key);
  return text.empty() ? "" : cat(" ", std::string_view(word), " ", text);
}

// " WITH (fillfactor = '70')"
std::string storage_options(const Json& value) {
  std::vector<std::string> options;
  for (const Json& item : list_of(value, "options")) {
    const std::string text = text_of(item);
    const std::size_t equals = text.find('=');
    options.push_back(cat(text.substr(0, equals), " = ", sql_literal(text.substr(equals + 1))));
  }
  return options.empty() ? "" : cat(" WITH (", join(options, ", "), ")");
}

std::string column_lines(const SchemaObject& table) {
  std::vector<std::string> lines;
  const bool typed = !text_of(*table.value, "of_type").empty();
  for (const auto& [name, column] : members_of(*table.value, kColumns)) {
    if (!typed && !flag_of(column, "inherited")) lines.push_back(cat("  ", column_sql(name, column)));
  }
  for (const auto& [name, constraint] : members_of(*table.value, "constraints")) {
    if (flag_of(constraint, "inherited") || text_of(constraint, "type") == "foreign key") continue;
    if (!flag_of(constraint, "validated")) continue;  // CREATE TABLE would call it valid
    lines.push_back(cat("  CONSTRAINT ", postgres_ident(name), " ", text_of(constraint, "definition")));
  }
  return join(lines, ",\n");
}

std::string foreign_server(const Json& table) {
  const std::string server = text_of(table, "foreign_server");
  if (server.empty()) return "";
  std::vector<std::string> options;
  for (const Json& item : list_of(table, "foreign_options")) {
    const std::string text = text_of(item);
    const std::size_t equals = text.find('=');
    options.push_back(cat(postgres_ident(text.substr(0, equals)), " ", sql_literal(text.substr(equals + 1))));
  }
  return cat(" SERVER ", postgres_ident(server), options.empty() ? "" : cat(" OPTIONS (", join(options, ", "), ")"));
}

std::string create_table(const SchemaObject& table) {
  const Json& value = *table.value;
  const std::string head =
      cat("CREATE ", flag_of(value, "unlogged") ? "UNLOGGED " : "", ddl_word(table), " ", table.name);
  const std::string tail = cat(option(value, "partition_by", "PARTITION BY"), option(value, "access_method", "USING"),
                               storage_options(value), foreign_server(value));
  const std::string lines = column_lines(table);
  const std::string own = lines.empty() ? "" : cat(" (\n", lines, "\n)");
  const std::string parent = text_of(value, "partition_of"), type = text_of(value, "of_type");
  if (!parent.empty()) return cat(head, " PARTITION OF ", parent, own, " ", text_of(value, "bound"), tail);
  if (!type.empty()) return cat(head, " OF ", type, own, tail);
  std::vector<std::string> parents;
  for (const Json& inherited : list_of(value, "inherits")) parents.push_back(text_of(inherited));
  return cat(head, lines.empty() ? " ()" : own, parents.empty() ? "" : cat(" INHERITS (", join(parents, ", "), ")"),
             tail);
}

std::string create_domain(const SchemaObject& domain) {
  const Json& value = *domain.value;
  std::string sql =
      cat("CREATE DOMAIN ", domain.name, " AS ", text_of(value, "type"), option(value, "collation", "COLLATE"),
          option(value, "default", "DEFAULT"), flag_of(value, "not_null") ? " NOT NULL" : "");
  for (const auto& [name, constraint] : members_of(value, "constraints")) {
    sql += cat(" CONSTRAINT ", postgres_ident(name), " ", text_of(constraint, "definition"));
  }
  return sql;
}

std::string create_type(const SchemaObject& type) {
  std::vector<std::string> parts;
  for (const Json& label : list_of(*type.value, "labels")) parts.push_back(sql_literal(text_of(label)));
  if (type.kind == "enums") return cat("CREATE TYPE ", type.name, " AS ENUM (", join(parts, ", "), ")");
  for (const auto& [name, column] : members_of(*type.value, kColumns)) parts.push_back(column_sql(name, column));
  return cat("CREATE TYPE ", type.name, " AS (", join(parts, ", "), ")");
}

std::string create_range(const SchemaObject& range) {
  std::string parts = cat("SUBTYPE = ", text_of(*range.value, "subtype"));
  for (const auto& [key, word] : {std::pair("opclass", "SUBTYPE_OPCLASS"), std::pair("collation", "COLLATION"),
                                  std::pair("canonical", "CANONICAL"), std::pair("subtype_diff", "SUBTYPE_DIFF")}) {
    const std::string text = text_of(*range.value, key);
    if (!text.empty()) parts += cat(", ", std::string_view(word), " = ", text);
  }
  return cat("CREATE TYPE ", range.name, " AS RANGE (", parts, ")");
}

std::string create_view(const SchemaObject& view) {
  return cat("CREATE ", view.kind == "views" ? "OR REPLACE " : "", ddl_word(view), " ", view.name,
             storage_options(*view.value), " AS\n", text_of(*view.value, "definition"));
}

std::string create_event_trigger(const SchemaObject& trigger) {
  std::vector<std::string> tags;
  for (const Json& tag : list_of(*trigger.value, "tags")) tags.push_back(sql_literal(text_of(tag)));
  return cat("CREATE EVENT TRIGGER ", trigger.name, " ON ", text_of(*trigger.value, "event"),
             tags.empty() ? "" : cat(" WHEN TAG IN (", join(tags, ", "), ")"), " EXECUTE FUNCTION ",
             text_of(*trigger.value, "function"), "()");
}

std::string create_policy(const SchemaObject& table, const std::string& name, const Json& policy) {
  std::vector<std::string> roles;
  for (const Json& role : list_of(policy, "roles")) roles.push_back(text_of(role));
  const std::string filter = text_of(policy, "using"), check = text_of(policy, "check");
  return cat("CREATE POLICY ", postgres_ident(name), " ON ", table.name,
             flag_of(policy, "permissive") ? "" : " AS RESTRICTIVE", " FOR ", text_of(policy, "command"), " TO ",
             join(roles, ", "), filter.empty() ? "" : cat(" USING (", filter, ")"),
             check.empty() ? "" : cat(" WITH CHECK (", check, ")"));
}

// An index of a partitioned table is made for its partitions too.
std::string for_partitions(std::string definition, const std::string& table) {
  const std::string only = cat(" ON ONLY ", table, " ");
  const std::size_t at = definition.find(only);
  if (at != std::string::npos) definition.replace(at, only.size(), cat(" ON ", table, " "));
  return definition;
}

}  // namespace

std::string sql_literal(const std::string& text) { return postgres_untyped_literal(Value(text)); }

std::string ddl_word(const SchemaObject& object) {
  if (object.kind == "functions")
    return upper(text_of(*object.value, "type") == "window" ? "function" : text_of(*object.value, "type"));
  if (object.kind == "enums" || object.kind == "ranges") return "TYPE";
  return upper(kind_word(object.kind));
}

std::string ddl_name(const SchemaObject& object) {
  const bool no_arguments = object.kind == "functions" && ends_with(object.name, "()");
  if (!no_arguments || text_of(*object.value, "type") != "aggregate") return object.name;
  return cat(object.name.substr(0, object.name.size() - 1), "*)");
}

std::string name_beside(const std::string& table, const std::string& part) {
  return cat(split_name(table).schema, ".", postgres_ident(part));
}

std::string column_sql(const std::string& name, const Json& column) {
  std::string sql = cat(postgres_ident(name), " ", text_of(column, "type"), option(column, "collation", "COLLATE"));
  const std::string generated = text_of(column, "generated"), identity = text_of(column, "identity");
  const std::string options = text_of(column, "identity_options");
  if (!generated.empty()) sql += cat(" GENERATED ALWAYS AS (", generated, ") ", upper(text_of(column, "generation")));
  if (!identity.empty()) {
    sql += cat(" GENERATED ", upper(identity), " AS IDENTITY", options.empty() ? "" : cat(" (", options, ")"));
  }
  sql += option(column, "default", "DEFAULT");
  return sql + (flag_of(column, "not_null") ? " NOT NULL" : "");
}

std::string sequence_options(const Json& sequence) {
  return cat("AS ", text_of(sequence, "type"), " INCREMENT BY ", number(sequence, "increment"), " MINVALUE ",
             number(sequence, "min"), " MAXVALUE ", number(sequence, "max"), " START WITH ", number(sequence, "start"),
             " CACHE ", number(sequence, "cache"), flag_of(sequence, "cycle") ? " CYCLE" : " NO CYCLE");
}

std::string create_sql(const SchemaObject& object) {
  const Json& value = *object.value;
  if (object.kind == "tables" || object.kind == "foreign_tables") return create_table(object);
  if (is_view(object.kind)) return create_view(object);
  if (object.kind == "functions") return text_of(value, "definition");
  if (object.kind == "domains") return create_domain(object);
  if (object.kind == "enums" || object.kind == "types") return create_type(object);
  if (object.kind == "ranges") return create_range(object);
  if (object.kind == "event_triggers") return create_event_trigger(object);
  if (object.kind == "sequences") return cat("CREATE SEQUENCE ", object.name, " ", sequence_options(value));
  if (object.kind == "schemas") return cat("CREATE SCHEMA ", object.name);
  return cat("CREATE EXTENSION ", object.name, " SCHEMA ", text_of(value, "schema"), " VERSION ",
             sql_literal(text_of(value, "version")));
}

std::string drop_sql(const SchemaObject& object) { return cat("DROP ", ddl_word(object), " ", ddl_name(object)); }

std::string part_name(const SchemaObject& object, const std::string& collection, const std::string& part) {
  const std::string name = postgres_ident(part);
  if (collection == kColumns) return cat("COLUMN ", object.name, ".", name);
  if (collection == "indexes") return cat("INDEX ", name_beside(object.name, part));
  if (collection == "statistics") return cat("STATISTICS ", name_beside(object.name, part));
  return cat(upper(kind_word(collection)), " ", name, " ON ", object.kind == "domains" ? "DOMAIN " : "", object.name);
}

std::string create_part_sql(const SchemaObject& object, const std::string& collection, const std::string& part,
                            const Json& value) {
  if (collection == "policies") return create_policy(object, part, value);
  const std::string definition = text_of(value, "definition");
  if (collection == "constraints") {
    return cat("ALTER ", ddl_word(object), " ", object.name, " ADD CONSTRAINT ", postgres_ident(part), " ", definition,
               flag_of(value, "validated") ? "" : " NOT VALID");
  }
  return collection == "indexes" ? for_partitions(definition, object.name) : definition;
}

std::string drop_part_sql(const SchemaObject& object, const std::string& collection, const std::string& part) {
  if (collection == "constraints") {
    return cat("ALTER ", ddl_word(object), " ", object.name, " DROP CONSTRAINT ", postgres_ident(part));
  }
  return cat("DROP ", part_name(object, collection, part));
}

std::string enabled_sql(const SchemaObject& object, const std::string& collection, const std::string& part,
                        const std::string& enabled) {
  const std::string word = enabled == "disabled"  ? "DISABLE"
                           : enabled == "enabled" ? "ENABLE"
                                                  : cat("ENABLE ", upper(enabled));
  if (object.kind == "event_triggers") return cat("ALTER EVENT TRIGGER ", object.name, " ", word);
  return cat("ALTER TABLE ", object.name, " ", word, " ", upper(kind_word(collection)), " ", postgres_ident(part));
}

}  // namespace tide
