#include "db/postgres_encode.h"

#include <algorithm>
#include <charconv>
#include <cmath>
#include <iterator>
#include <limits>

#include "base/text.h"
#include "tide/error.h"

namespace tide {
namespace {

// pg_get_keywords() where catcode <> 'U', of PostgreSQL 15 and what 16 to 18 added; sorted.
constexpr std::string_view kKeywords[] = {"all",
                                          "analyse",
                                          "analyze",
                                          "and",
                                          "any",
                                          "array",
                                          "as",
                                          "asc",
                                          "asymmetric",
                                          "authorization",
                                          "between",
                                          "bigint",
                                          "binary",
                                          "bit",
                                          "boolean",
                                          "both",
                                          "case",
                                          "cast",
                                          "char",
                                          "character",
                                          "check",
                                          "coalesce",
                                          "collate",
                                          "collation",
                                          "column",
                                          "concurrently",
                                          "constraint",
                                          "create",
                                          "cross",
                                          "current_catalog",
                                          "current_date",
                                          "current_role",
                                          "current_schema",
                                          "current_time",
                                          "current_timestamp",
                                          "current_user",
                                          "dec",
                                          "decimal",
                                          "default",
                                          "deferrable",
                                          "desc",
                                          "distinct",
                                          "do",
                                          "else",
                                          "end",
                                          "except",
                                          "exists",
                                          "extract",
                                          "false",
                                          "fetch",
                                          "float",
                                          "for",
                                          "foreign",
                                          "freeze",
                                          "from",
                                          "full",
                                          "grant",
                                          "greatest",
                                          "group",
                                          "grouping",
                                          "having",
                                          "ilike",
                                          "in",
                                          "initially",
                                          "inner",
                                          "inout",
                                          "int",
                                          "integer",
                                          "intersect",
                                          "interval",
                                          "into",
                                          "is",
                                          "isnull",
                                          "join",
                                          "json",
                                          "json_array",
                                          "json_arrayagg",
                                          "json_exists",
                                          "json_object",
                                          "json_objectagg",
                                          "json_query",
                                          "json_scalar",
                                          "json_serialize",
                                          "json_table",
                                          "json_value",
                                          "lateral",
                                          "leading",
                                          "least",
                                          "left",
                                          "like",
                                          "limit",
                                          "localtime",
                                          "localtimestamp",
                                          "merge_action",
                                          "national",
                                          "natural",
                                          "nchar",
                                          "none",
                                          "normalize",
                                          "not",
                                          "notnull",
                                          "null",
                                          "nullif",
                                          "numeric",
                                          "offset",
                                          "on",
                                          "only",
                                          "or",
                                          "order",
                                          "out",
                                          "outer",
                                          "overlaps",
                                          "overlay",
                                          "placing",
                                          "position",
                                          "precision",
                                          "primary",
                                          "real",
                                          "references",
                                          "returning",
                                          "right",
                                          "row",
                                          "select",
                                          "session_user",
                                          "setof",
                                          "similar",
                                          "smallint",
                                          "some",
                                          "substring",
                                          "symmetric",
                                          "system_user",
                                          "table",
                                          "tablesample",
                                          "then",
                                          "time",
                                          "timestamp",
                                          "to",
                                          "trailing",
                                          "treat",
                                          "trim",
                                          "true",
                                          "union",
                                          "unique",
                                          "user",
                                          "using",
                                          "values",
                                          "varchar",
                                          "variadic",
                                          "verbose",
                                          "when",
                                          "where",
                                          "window",
                                          "with",
                                          "xmlattributes",
                                          "xmlconcat",
                                          "xmlelement",
                                          "xmlexists",
                                          "xmlforest",
                                          "xmlnamespaces",
                                          "xmlparse",
                                          "xmlpi",
                                          "xmlroot",
                                          "xmlserialize",
                                          "xmltable"};

bool plain_word(std::string_view name) {
  const auto plain = [](char c) { return (c >= 'a' && c <= 'z') || c == '_' || (c >= '0' && c <= '9'); };
  return !(name[0] >= '0' && name[0] <= '9') && std::all_of(name.begin(), name.end(), plain);
}

// Shortest text that reads back as the same double.
std::string double_text(double number) {
  if (std::isnan(number)) return "NaN";
  if (std::isinf(number)) return number > 0 ? "Infinity" : "-Infinity";
  char buffer[32];
  return {buffer, std::to_chars(buffer, std::end(buffer), number).ptr};
}

void append_array(std::string& out, const Array& array);

void append_element(std::string& out, const Value& value) {
  if (value.is_null()) {
    out += "NULL";
    return;
  }
  if (const auto* nested = std::get_if<Array>(&value.data)) return append_array(out, *nested);
  const std::string text = encode_text(value);
  out.push_back('"');
  for (const char c : text) {
    if (c == '"' || c == '\\') out.push_back('\\');
    out.push_back(c);
  }
  out.push_back('"');
}

void append_array(std::string& out, const Array& array) {
  out.push_back('{');
  for (const Value& value : array) {
    if (&value != &array.front()) out.push_back(',');
    append_element(out, value);
  }
  out.push_back('}');
}

struct TextOf {
  std::string operator()(Null) const { return {}; }
  std::string operator()(bool v) const { return v ? "t" : "f"; }
  std::string operator()(std::int64_t v) const { return std::to_string(v); }
  std::string operator()(double v) const { return double_text(v); }
  std::string operator()(const Numeric& v) const { return v.text; }
  std::string operator()(const std::string& v) const { return v; }
  std::string operator()(const Bytes& v) const { return hex_bytea(v.data); }
  std::string operator()(const Array& v) const {
    std::string out;
    append_array(out, v);
    return out;
  }
};

std::string quote(std::string_view text) {
  if (text.find('\0') != text.npos) {
    throw Error(ErrorKind::kSql, "a text of PostgreSQL cannot hold a NUL byte; only bytea can");
  }
  const bool escapes = text.find('\\') != text.npos;
  std::string out = escapes ? "E'" : "'";
  for (const char c : text) {
    if (c == '\'' || c == '\\') out.push_back(c);
    out.push_back(c);
  }
  out.push_back('\'');
  return out;
}

const char* type_of(const Value& value) {
  if (std::holds_alternative<double>(value.data)) return "::float8";
  if (std::holds_alternative<Numeric>(value.data)) return "::numeric";
  if (std::holds_alternative<Bytes>(value.data)) return "::bytea";
  return "";
}

char escape_letter(char c) {
  switch (c) {
    case '\t':
      return 't';
    case '\n':
      return 'n';
    case '\r':
      return 'r';
    default:
      return c;
  }
}

void append_copy_text(std::string& out, std::string_view text) {
  std::size_t done = 0;
  for (std::size_t at = 0; at < text.size(); ++at) {
    const char c = text[at];
    if (c != '\\' && c != '\t' && c != '\n' && c != '\r') continue;
    out.append(text, done, at - done);
    out.push_back('\\');
    out.push_back(escape_letter(c));
    done = at + 1;
  }
  out.append(text, done);
}

}  // namespace

std::string encode_text(const Value& value) { return std::visit(TextOf{}, value.data); }

std::string postgres_literal(const Value& value) {
  if (value.is_null()) return "NULL";
  if (const auto* flag = std::get_if<bool>(&value.data)) return *flag ? "true" : "false";
  if (const auto* integer = std::get_if<std::int64_t>(&value.data)) {
    if (*integer >= 0) return std::to_string(*integer);
    // 9223372036854775808 without its sign would be a numeric; a bare minus could become a comment
    const bool lowest = *integer == std::numeric_limits<std::int64_t>::min();
    return lowest ? cat("'", *integer, "'::int8") : cat("(", *integer, ")");
  }
  return quote(encode_text(value)) + type_of(value);
}

std::string postgres_untyped_literal(const Value& value) {
  return value.is_null() ? "NULL" : quote(encode_text(value));
}

std::string postgres_ident(std::string_view name) {
  if (name.empty() || name.find('\0') != name.npos) {
    throw Error(ErrorKind::kSql, "an identifier needs at least one character, and none of them NUL");
  }
  if (plain_word(name) && !std::binary_search(std::begin(kKeywords), std::end(kKeywords), name)) {
    return std::string(name);
  }
  std::string out = "\"";
  for (const char c : name) {
    if (c == '"') out.push_back('"');
    out.push_back(c);
  }
  return out + "\"";
}

void append_copy_field(std::string& out, const Value& value) {
  if (value.is_null()) {
    out += "\\N";
  } else if (const auto* text = std::get_if<std::string>(&value.data)) {
    append_copy_text(out, *text);
  } else if (const auto* integer = std::get_if<std::int64_t>(&value.data)) {
    char buffer[24];
    out.append(buffer, std::to_chars(buffer, std::end(buffer), *integer).ptr);
  } else {
    append_copy_text(out, encode_text(value));
  }
}

void append_copy_field(std::string& out, const Cell& cell) {
  switch (cell.kind) {
    case Cell::Kind::kNull:
      out += "\\N";
      return;
    case Cell::Kind::kBool:
      out.push_back(cell.boolean ? 't' : 'f');
      return;
    case Cell::Kind::kInteger:
      return append_copy_field(out, Value(cell.integer));
    case Cell::Kind::kFloat:
      return append_copy_field(out, Value(cell.real));
    case Cell::Kind::kBytes:
      return append_copy_text(out, hex_bytea(cell.text));
    default:
      return append_copy_text(out, cell.text);
  }
}

std::string hex_bytea(std::string_view bytes) {
  constexpr char kDigits[] = "0123456789abcdef";
  std::string out = "\\x";
  out.reserve(2 + 2 * bytes.size());
  for (const char c : bytes) {
    const auto byte = static_cast<unsigned char>(c);
    out.push_back(kDigits[byte >> 4]);
    out.push_back(kDigits[byte & 15]);
  }
  return out;
}

}  // namespace tide
