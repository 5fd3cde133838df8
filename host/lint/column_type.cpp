#include <algorithm>
#include <array>
#include <cstdlib>
#include <optional>

#include "base/text.h"
#include "db/postgres_encode.h"
#include "lint/judge.h"

namespace tide {
namespace {

// The grammar's name -> format_type's.
constexpr std::array<std::array<const char*, 2>, 18> kSpellings = {{{"int2", "smallint"},
                                                                    {"int4", "integer"},
                                                                    {"int", "integer"},
                                                                    {"int8", "bigint"},
                                                                    {"float4", "real"},
                                                                    {"float8", "double precision"},
                                                                    {"bool", "boolean"},
                                                                    {"varchar", "character varying"},
                                                                    {"bpchar", "character"},
                                                                    {"timestamp", "timestamp without time zone"},
                                                                    {"timestamptz", "timestamp with time zone"},
                                                                    {"time", "time without time zone"},
                                                                    {"timetz", "time with time zone"},
                                                                    {"varbit", "bit varying"},
                                                                    {"decimal", "numeric"},
                                                                    {"serial4", "serial"},
                                                                    {"serial8", "bigserial"},
                                                                    {"serial2", "smallserial"}}};

struct Type {
  std::string name;  // "character varying"
  std::vector<int> numbers;
};

// "numeric(10,2)", "timestamp(3) with time zone": the numbers stand anywhere.
Type type_of(const std::string& text) {
  const std::size_t open = text.find('(');
  const std::size_t close = open == std::string::npos ? open : text.find(')', open);
  if (close == std::string::npos) return {text, {}};
  Type type{text.substr(0, open) + text.substr(close + 1), {}};
  for (const std::string& number : split(text.substr(open + 1, close - open - 1), ','))
    type.numbers.push_back(std::atoi(number.c_str()));
  return type;
}

bool is_text(const std::string& name) { return name == "text" || name == "character varying"; }

// A limit that is at least the old one, or none at all.
bool as_wide(const Type& from, const Type& to) {
  return to.numbers.empty() || (from.numbers.size() == 1 && to.numbers.size() == 1 && to.numbers[0] >= from.numbers[0]);
}

bool wider_numeric(const Type& from, const Type& to) {
  const auto scale = [](const Type& type) { return type.numbers.size() > 1 ? type.numbers[1] : 0; };
  if (to.numbers.empty()) return true;
  return !from.numbers.empty() && to.numbers[0] >= from.numbers[0] && scale(from) == scale(to);
}

bool has_precision(const std::string& name) {
  return starts_with(name, "time") || name == "interval" || name == "bit varying";
}

std::string size_of(const Node& type) {
  const auto sizes = type.list("typmods");
  return sizes.empty() ? "" : std::to_string(sizes.front().as("A_Const")["ival"].number("ival"));
}

struct Dislike {
  const char* type;
  const char* rule;
  bool with_size;  // only with a limit
};
constexpr Dislike kDislikes[] = {
    {"json", "json-type", false},
    {"character", "char-type", false},
    {"character varying", "varchar-type", true},
    {"timestamp without time zone", "timestamp-type", false},
    {"serial", "serial", false},
    {"bigserial", "serial", false},
    {"smallserial", "serial", false},
};

}  // namespace

std::string catalog_type(const Node& type_name) {
  const std::vector<std::string> names = names_of(type_name.list("names"));
  if (names.empty()) return "";
  std::string name = names.back();
  for (const auto& [written, shown] : kSpellings) {
    if (name == written) name = shown;
  }
  std::vector<std::string> numbers;
  for (const Node& number : type_name.list("typmods"))
    numbers.push_back(std::to_string(number.as("A_Const")["ival"].number("ival")));
  const bool array = !type_name.list("arrayBounds").empty();
  if (!numbers.empty()) {
    const std::size_t blank = starts_with(name, "time") ? std::min(name.find(' '), name.size()) : name.size();
    name.insert(blank, cat("(", join(numbers, ","), ")"));
  }
  return name + (array ? "[]" : "");
}

bool same_on_disk(const std::string& from_text, const std::string& to_text, bool utc) {
  if (from_text == to_text) return true;
  const Type from = type_of(from_text), to = type_of(to_text);
  if (is_text(from.name) && is_text(to.name)) return as_wide(from, to);
  if (from.name == "cidr" && to.name == "inet") return true;
  if (from.name == "numeric" && to.name == "numeric") return wider_numeric(from, to);
  if (from.name == to.name && has_precision(to.name)) return as_wide(from, to);
  const bool timestamps = starts_with(from.name, "timestamp") && starts_with(to.name, "timestamp");
  return utc && timestamps && as_wide(from, to);
}

void judge_column_type(Case& judged, const std::string& table, const Node& column) {
  const Node type = column["typeName"];
  if (!type.list("arrayBounds").empty()) return;
  const std::string name = type_of(catalog_type(type)).name;
  for (const Dislike& dislike : kDislikes) {
    if (name != dislike.type || (dislike.with_size && size_of(type).empty())) continue;
    const std::string size = size_of(type).empty() ? "1" : size_of(type);
    judged.accuse(dislike.rule, table, type.location(),
                  {{"column", postgres_ident(column.text("colname"))}, {"size", size}});
  }
}

}  // namespace tide
