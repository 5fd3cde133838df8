#pragma once

#include <string>
#include <string_view>

#include "base/json.h"

namespace tide {

// Reading access to a snapshot. What is not there is empty.
const Json::Object& members_of(const Json& value);
const Json::Object& members_of(const Json& value, std::string_view key);
const Json::List& list_of(const Json& value, std::string_view key);
std::string text_of(const Json& value);  // of text; "" of anything else
std::string text_of(const Json& value, std::string_view key);
bool flag_of(const Json& value, std::string_view key);
bool is_object(const Json& value);

}  // namespace tide
