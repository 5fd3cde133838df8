#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace tide {

struct Mail {
  std::string from;  // "a@example.test" or "Name <a@example.test>"
  std::vector<std::string> to;
  std::string subject;
  std::string text;
};

// The message with its headers, lines ending in CR LF, what is not ASCII encoded. `at_ms`: since 1970. kUsage for an
// address that is none, for no recipient, and for a header with a line break.
std::string mail_message(const Mail& mail, std::int64_t at_ms);

// "a@example.test" of "Name <a@example.test>". kUsage for what is no address.
std::string mail_address(std::string_view text);

std::string base64(std::string_view bytes);

}  // namespace tide
