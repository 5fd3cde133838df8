#include "base/iso_time.h"

#include <algorithm>
#include <chrono>
#include <cstdio>

namespace tide {
namespace {

using std::chrono::sys_days;
using std::chrono::year_month_day;

constexpr std::int64_t kDayMs = 86'400'000;
constexpr std::int64_t kFirstMs = -62'167'219'200'000;  // 0000-01-01
constexpr std::int64_t kLastMs = 253'402'300'799'999;   // 9999-12-31T23:59:59.999

// Takes the text apart from the left; what does not fit makes it fail, and it stays failed.
class Reader {
 public:
  explicit Reader(std::string_view text) : text_(text) {}

  bool failed() const { return failed_; }
  bool at_end() const { return text_.empty(); }

  int digits(std::size_t count, int least, int most) {
    int number = 0;
    for (std::size_t i = 0; i < count; ++i) {
      if (i >= text_.size() || text_[i] < '0' || text_[i] > '9') return fail();
      number = number * 10 + (text_[i] - '0');
    }
    text_.remove_prefix(count);
    return number < least || number > most ? fail() : number;
  }

  char one_of(std::string_view letters) {
    if (text_.empty() || letters.find(text_.front()) == std::string_view::npos) return '\0';
    const char letter = text_.front();
    text_.remove_prefix(1);
    return letter;
  }

  void expect(std::string_view letters) {
    if (one_of(letters) == '\0') fail();
  }

  // The first three digits behind a point; the others are dropped.
  int thousandths() {
    int number = 0, count = 0;
    for (; !text_.empty() && text_.front() >= '0' && text_.front() <= '9'; ++count, text_.remove_prefix(1)) {
      if (count < 3) number = number * 10 + (text_.front() - '0');
    }
    if (count == 0) return fail();
    for (; count < 3; ++count) number *= 10;
    return number;
  }

 private:
  int fail() {
    failed_ = true;
    return 0;
  }

  std::string_view text_;
  bool failed_ = false;
};

std::int64_t read_day(Reader& reader) {
  const int year = reader.digits(4, 0, 9999);
  reader.expect("-");
  const int month = reader.digits(2, 1, 12);
  reader.expect("-");
  const year_month_day day{std::chrono::year(year), std::chrono::month(static_cast<unsigned>(month)),
                           std::chrono::day(static_cast<unsigned>(reader.digits(2, 1, 31)))};
  if (!day.ok()) reader.expect("");
  return std::int64_t{sys_days(day).time_since_epoch().count()} * kDayMs;
}

std::int64_t read_clock(Reader& reader) {
  const int hours = reader.digits(2, 0, 23);
  reader.expect(":");
  std::int64_t ms = (hours * 60 + reader.digits(2, 0, 59)) * 60'000;
  if (reader.one_of(":") != '\0') ms += reader.digits(2, 0, 60) * 1000;
  if (reader.one_of(".,") != '\0') ms += reader.thousandths();
  return ms;
}

// What is to be taken off the local time: "Z", "+02", "+02:00", "-0330", nothing.
std::int64_t read_zone(Reader& reader) {
  if (reader.one_of("Zz") != '\0') return 0;
  const char sign = reader.one_of("+-");
  if (sign == '\0') return 0;
  std::int64_t minutes = reader.digits(2, 0, 23) * 60;
  if (reader.one_of(":") != '\0' || !reader.at_end()) minutes += reader.digits(2, 0, 59);
  return (sign == '-' ? -minutes : minutes) * 60'000;
}

}  // namespace

std::string iso_utc(std::int64_t ms) {
  const std::int64_t clamped = std::clamp(ms, kFirstMs, kLastMs);
  const std::int64_t days = clamped / kDayMs - (clamped % kDayMs < 0 ? 1 : 0);
  const int rest = static_cast<int>(clamped - days * kDayMs);
  const year_month_day day{sys_days(std::chrono::days(days))};
  char text[64];
  std::snprintf(text, sizeof text, "%04d-%02u-%02uT%02d:%02d:%02d.%03dZ", static_cast<int>(day.year()),
                static_cast<unsigned>(day.month()), static_cast<unsigned>(day.day()), rest / 3'600'000,
                rest / 60'000 % 60, rest / 1000 % 60, rest % 1000);
  return text;
}

std::optional<std::int64_t> parse_iso_time(std::string_view text) {
  Reader reader(text);
  std::int64_t ms = read_day(reader);
  if (!reader.at_end()) {
    reader.expect("T t");
    ms += read_clock(reader);
    ms -= read_zone(reader);
  }
  if (reader.failed() || !reader.at_end()) return std::nullopt;
  return ms;
}

}  // namespace tide
