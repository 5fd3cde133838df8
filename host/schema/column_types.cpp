#include "schema/column_types.h"

#include <algorithm>
#include <array>
#include <cstdlib>
#include <utility>

#include "base/text.h"
#include "db/sql_lexer.h"
#include "schema/names.h"

namespace tide {
namespace {

struct Type {
  std::string base;  // "character varying"
  int size = -1;     // length or digits; -1 = unlimited
  int fraction = 0;
};

Type parse_type(std::string_view text) {
  Type type;
  const std::size_t open = text.find('(');
  type.base = std::string(text.substr(0, open));
  if (open == std::string_view::npos) return type;
  const std::string digits(text.substr(open + 1));
  char* end = nullptr;
  type.size = static_cast<int>(std::strtol(digits.c_str(), &end, 10));
  if (*end == ',') type.fraction = static_cast<int>(std::strtol(end + 1, &end, 10));
  if (*end == ')') type.base += end + 1;  // "timestamp(3) with time zone"
  return type;
}

enum class Family { kText, kNumber, kTime, kJson, kOther };

Family family_of(const std::string& base) {
  static constexpr std::array<std::pair<std::string_view, Family>, 17> kFamilies = {{
      {"text", Family::kText},
      {"character varying", Family::kText},
      {"character", Family::kText},
      {"name", Family::kText},
      {"smallint", Family::kNumber},
      {"integer", Family::kNumber},
      {"bigint", Family::kNumber},
      {"numeric", Family::kNumber},
      {"real", Family::kNumber},
      {"double precision", Family::kNumber},
      {"date", Family::kTime},
      {"timestamp without time zone", Family::kTime},
      {"timestamp with time zone", Family::kTime},
      {"time without time zone", Family::kOther},
      {"time with time zone", Family::kOther},
      {"json", Family::kJson},
      {"jsonb", Family::kJson},
  }};
  for (const auto& [name, family] : kFamilies) {
    if (name == base) return family;
  }
  return Family::kOther;
}

}  // namespace

Conversion conversion_of(std::string_view from, std::string_view to) {
  const std::string before = parse_type(from).base, after = parse_type(to).base;
  const Family old_family = family_of(before), new_family = family_of(after);
  if (before == after || new_family == Family::kText) return Conversion::kAssigned;
  if (new_family != Family::kOther && new_family == old_family) return Conversion::kAssigned;
  const bool flag = (before == "integer" && after == "boolean") || (before == "boolean" && after == "integer");
  return flag || old_family == Family::kText ? Conversion::kCast : Conversion::kUnknown;
}

bool holds_all(std::string_view from, std::string_view to) {
  const Type before = parse_type(from), after = parse_type(to);
  if (after.base == "text" || (after.base == "character varying" && after.size < 0)) return true;
  if (before.base == after.base) {
    if (after.size < 0) return true;
    return before.size >= 0 && after.fraction >= before.fraction &&
           after.size - after.fraction >= before.size - before.fraction;
  }
  static constexpr std::array<std::pair<std::string_view, std::string_view>, 8> kWider = {{
      {"smallint", "integer"},
      {"smallint", "bigint"},
      {"integer", "bigint"},
      {"real", "double precision"},
      {"smallint", "numeric"},
      {"integer", "numeric"},
      {"bigint", "numeric"},
      {"json", "jsonb"},
  }};
  return after.size < 0 && std::any_of(kWider.begin(), kWider.end(), [&](const auto& pair) {
           return pair.first == before.base && pair.second == after.base;
         });
}

bool mentions(std::string_view sql, std::string_view name) {
  SqlLexer lexer(sql, Dialect::kPostgres);
  for (Token token = lexer.next(); token.kind != TokenKind::kEnd; token = lexer.next()) {
    if (token.kind == TokenKind::kWord && lexer.text(token) == name) return true;
    if (token.kind == TokenKind::kName && unquoted(lexer.text(token)) == name) return true;
  }
  return false;
}

}  // namespace tide
