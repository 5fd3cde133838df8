#pragma once

#include <string>

#include "tide/value.h"

namespace tide {

// A bound value as SQL would write it: NULL, true, 42, 'text', '\x00ff', {1,2}.
std::string value_text(const Value& value);

}  // namespace tide
