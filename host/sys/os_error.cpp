#include "sys/os_error.h"

#include <system_error>

#include "base/text.h"

namespace tide {

Error os_error(std::string_view verb, const std::string& path, int code) {
  return Error(ErrorKind::kIo, cat("cannot ", verb, " \"", path, "\": ", std::generic_category().message(code)));
}

}  // namespace tide
