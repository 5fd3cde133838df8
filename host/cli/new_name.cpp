#include "cli/new_name.h"

#include <algorithm>
#include <cctype>
#include <ctime>

#include "base/text.h"
#include "migrate/version.h"
#include "tide/error.h"

namespace tide {
namespace {

constexpr const char* kFormat = "%Y%m%d%H%M%S";
constexpr std::size_t kDigits = 14;

std::string version_at(std::int64_t seconds) {
  const std::time_t time = seconds;
  std::tm utc{};
  gmtime_r(&time, &utc);
  char text[32];
  return {text, std::strftime(text, sizeof text, kFormat, &utc)};
}

std::string incremented(std::string number) {
  std::size_t at = number.size();
  while (at > 0 && number[at - 1] == '9') number[--at] = '0';
  if (at == 0) return "1" + number;
  ++number[at - 1];
  return number;
}

// A version that is no time (1, 0042, a date without hours) is counted up instead.
std::string above(const std::string& version) {
  std::tm utc{};
  const char* end = version.size() == kDigits ? strptime(version.c_str(), kFormat, &utc) : nullptr;
  if (!end || *end != '\0') return incremented(version);
  return version_at(timegm(&utc) + 1);
}

Error bad_name(const std::string& message) {
  return Error(ErrorKind::kUsage, message).advise("tide new \"create users\"");
}

}  // namespace

std::string snake_case(const std::string& name) {
  if (name.find_first_of("/\\") != std::string::npos) {
    throw bad_name(cat("a migration's name has no path separators: '", name, "'"));
  }
  std::string out;
  char before = '_';
  for (const char c : name) {
    const auto byte = static_cast<unsigned char>(c);
    const bool plain = byte < 0x80 && std::isalnum(byte);
    const bool begins_word = plain && std::isupper(byte) && std::islower(static_cast<unsigned char>(before));
    if ((!plain || begins_word) && !out.empty() && out.back() != '_') out += '_';
    if (plain) out += static_cast<char>(std::tolower(byte));
    before = c;
  }
  if (!out.empty() && out.back() == '_') out.pop_back();
  if (out.empty()) throw bad_name(cat("a migration's name needs a letter or digit: '", name, "'"));
  return out;
}

std::string next_version(const std::vector<std::string>& existing, std::int64_t now) {
  const std::string version = version_at(now);
  const auto newest = std::max_element(existing.begin(), existing.end(), version_before);
  if (newest == existing.end() || compare_versions(*newest, version) < 0) return version;
  return above(*newest);
}

}  // namespace tide
