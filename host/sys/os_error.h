#pragma once

#include <string>
#include <string_view>

#include "tide/error.h"

namespace tide {

// kIo: `cannot read "a/b": No such file or directory`. `code` is an errno value.
Error os_error(std::string_view verb, const std::string& path, int code);

}  // namespace tide
