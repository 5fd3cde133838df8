#include "schema/names.h"

#include <array>
#include <utility>

#include "base/text.h"

namespace tide {
namespace {

constexpr std::string_view kPublic = "public.";

// " with time zone" stands behind the digits of "timestamp(3) with time zone".
std::string shown_time_type(std::string_view type) {
  for (const std::string_view base : {"timestamp", "time"}) {
    if (!starts_with(type, base)) continue;
    std::string_view rest = type.substr(base.size());
    const std::size_t close = rest.find(')');
    const std::string digits(starts_with(rest, "(") ? rest.substr(0, close + 1) : "");
    rest.remove_prefix(digits.size());
    const bool array = ends_with(rest, "[]");
    if (starts_with(rest, " with time zone")) return cat(base, "tz", digits, array ? "[]" : "");
    if (starts_with(rest, " without time zone")) return cat(base, digits, array ? "[]" : "");
  }
  return std::string(type);
}

}  // namespace

QualifiedName split_name(std::string_view qualified) {
  bool quoted = false;
  for (std::size_t i = 0; i < qualified.size(); ++i) {
    if (qualified[i] == '"') quoted = !quoted;
    if (!quoted && qualified[i] == '(') break;
    if (!quoted && qualified[i] == '.') {
      return {std::string(qualified.substr(0, i)), std::string(qualified.substr(i + 1))};
    }
  }
  return {"", std::string(qualified)};
}

std::string unquoted(std::string_view name) {
  if (name.size() < 2 || name.front() != '"') return std::string(name);
  std::string out;
  for (std::size_t i = 1; i + 1 < name.size(); ++i) {
    out += name[i];
    if (name[i] == '"') ++i;
  }
  return out;
}

std::string shown_name(std::string_view qualified) {
  return std::string(starts_with(qualified, kPublic) ? qualified.substr(kPublic.size()) : qualified);
}

std::string shown_type(std::string_view type) {
  static constexpr std::array<std::pair<std::string_view, std::string_view>, 2> kShort = {{
      {"character varying", "varchar"},
      {"character(", "char("},
  }};
  for (const auto& [longer, shorter] : kShort) {
    if (starts_with(type, longer)) return cat(shorter, type.substr(longer.size()));
  }
  return shown_name(shown_time_type(type));
}

}  // namespace tide
