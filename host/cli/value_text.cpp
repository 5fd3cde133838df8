#include "cli/value_text.h"

#include "base/json.h"
#include "base/text.h"

namespace tide {
namespace {

std::string quoted(const std::string& text) {
  std::string out = "'";
  for (const char c : text) out += c == '\'' ? "''" : std::string(1, c);
  return out + "'";
}

std::string array_text(const Array& array) {
  std::vector<std::string> items;
  for (const Value& item : array) items.push_back(value_text(item));
  return cat("{", join(items, ", "), "}");
}

}  // namespace

std::string value_text(const Value& value) {
  if (value.is_null()) return "NULL";
  if (const auto* text = std::get_if<std::string>(&value.data)) return quoted(*text);
  if (const auto* array = std::get_if<Array>(&value.data)) return array_text(*array);
  const Json json = to_json(value);
  if (const auto* text = std::get_if<std::string>(&json.data)) return quoted(*text);
  return dump_json(json);
}

}  // namespace tide
