#include "schema/json_tree.h"

namespace tide {

const Json::Object& members_of(const Json& value) {
  static const Json::Object none;
  const auto* object = std::get_if<Json::Object>(&value.data);
  return object != nullptr ? *object : none;
}

const Json::Object& members_of(const Json& value, std::string_view key) {
  static const Json none;
  const Json* found = value.find(key);
  return members_of(found != nullptr ? *found : none);
}

const Json::List& list_of(const Json& value, std::string_view key) {
  static const Json::List none;
  const Json* found = value.find(key);
  const auto* list = found != nullptr ? std::get_if<Json::List>(&found->data) : nullptr;
  return list != nullptr ? *list : none;
}

std::string text_of(const Json& value) {
  const auto* text = std::get_if<std::string>(&value.data);
  return text != nullptr ? *text : "";
}

std::string text_of(const Json& value, std::string_view key) {
  const Json* found = value.find(key);
  return found != nullptr ? text_of(*found) : "";
}

bool flag_of(const Json& value, std::string_view key) {
  const Json* found = value.find(key);
  const auto* flag = found != nullptr ? std::get_if<bool>(&found->data) : nullptr;
  return flag != nullptr && *flag;
}

bool is_object(const Json& value) { return std::holds_alternative<Json::Object>(value.data); }

}  // namespace tide
