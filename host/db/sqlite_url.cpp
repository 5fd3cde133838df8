#include "db/sqlite_url.h"

#include <algorithm>
#include <array>
#include <charconv>
#include <limits>
#include <vector>

#include "base/text.h"
#include "tide/error.h"

namespace tide {
namespace {

constexpr std::string_view kForms = "sqlite:path, sqlite:///absolute/path or sqlite::memory:";

std::size_t scheme_length(std::string_view url) {
  for (const std::string_view scheme : {"sqlite:", "sqlite3:"}) {
    if (starts_with(url, scheme)) return scheme.size();
  }
  return 0;
}

int hex_digit(char c) {
  if (c >= '0' && c <= '9') return c - '0';
  const char small = static_cast<char>(c | 0x20);
  return small >= 'a' && small <= 'f' ? small - 'a' + 10 : -1;
}

std::string percent_decoded(std::string_view text) {
  std::string out;
  for (std::size_t i = 0; i < text.size(); ++i) {
    const int high = text[i] == '%' && i + 2 < text.size() ? hex_digit(text[i + 1]) : -1;
    const int low = high >= 0 ? hex_digit(text[i + 2]) : -1;
    out += low >= 0 ? static_cast<char>(high * 16 + low) : text[i];
    if (low >= 0) i += 2;
  }
  return out;
}

[[noreturn]] void refuse(std::string_view url, std::string_view why) {
  throw Error(ErrorKind::kConfig, cat("database URL \"", url, "\": ", why));
}

void set_mode(SqliteUrl& into, std::string_view url, std::string_view mode) {
  if (mode == "memory") {
    into.memory = true;
  } else if (mode == "ro" || mode == "rw" || mode == "rwc") {
    into.read_only = mode == "ro";
    into.create = mode == "rwc";
  } else {
    refuse(url, cat("mode is \"", mode, "\"; allowed are ro, rw, rwc and memory"));
  }
}

bool parse_switch(std::string_view url, std::string_view key, std::string_view value) {
  if (value == "on" || value == "1" || value == "true") return true;
  if (value == "off" || value == "0" || value == "false") return false;
  refuse(url, cat(key, " is \"", value, "\"; allowed are on and off"));
}

std::int64_t parse_busy_timeout(std::string_view url, std::string_view value) {
  if (value == "0") return 0;
  try {
    return parse_timeout_ms(value, "busy_timeout");
  } catch (const Error& error) {
    refuse(url, error.message);
  }
}

void set_option(SqliteUrl& into, std::string_view url, const std::string& key, const std::string& value) {
  if (key == "mode") {
    set_mode(into, url, value);
  } else if (key == "busy_timeout") {
    into.busy_timeout_ms = parse_busy_timeout(url, value);
  } else if (key == "foreign_keys") {
    into.foreign_keys = parse_switch(url, key, value);
  } else {
    refuse(url, cat("unknown option \"", key, "\"; allowed are mode, busy_timeout and foreign_keys"));
  }
}

}  // namespace

bool is_sqlite_url(std::string_view url) { return scheme_length(url) > 0; }

SqliteUrl parse_sqlite_url(std::string_view url) {
  SqliteUrl parsed;
  const std::size_t query = url.find('?');
  std::string_view path = url.substr(0, query).substr(scheme_length(url));
  if (starts_with(path, "//")) path.remove_prefix(2);
  parsed.path = percent_decoded(path);
  parsed.memory = parsed.path == ":memory:";
  if (query != std::string_view::npos) {
    for (const std::string& option : split(url.substr(query + 1), '&')) {
      const std::size_t equals = option.find('=');
      if (option.empty()) continue;
      if (equals == std::string::npos) refuse(url, cat("the option \"", option, "\" has no value"));
      set_option(parsed, url, option.substr(0, equals), percent_decoded(option.substr(equals + 1)));
    }
  }
  if (parsed.memory) parsed.path = ":memory:";
  if (parsed.path.empty()) refuse(url, cat("it names no file; write ", kForms));
  if (parsed.path.find('\0') != std::string::npos) refuse(url, "the path holds a NUL byte");
  return parsed;
}

std::int64_t parse_timeout_ms(std::string_view text, std::string_view setting) {
  struct Unit {
    std::string_view name;
    double ms;
  };
  static constexpr std::array<Unit, 7> kUnits = {
      {{"", 1}, {"us", 0.001}, {"ms", 1}, {"s", 1000}, {"min", 60000}, {"h", 3600000}, {"d", 86400000}}};
  const std::string_view trimmed = trim(text);
  double number = 0;
  const auto [end, status] = std::from_chars(trimmed.data(), trimmed.data() + trimmed.size(), number);
  const std::string_view unit = trim(trimmed.substr(static_cast<std::size_t>(end - trimmed.data())));
  for (const Unit& known : kUnits) {
    const double ms = number * known.ms;
    if (status != std::errc() || unit != known.name || !(ms >= 0 && ms <= std::numeric_limits<int>::max())) continue;
    return ms == 0 ? -1 : std::max<std::int64_t>(1, static_cast<std::int64_t>(ms));
  }
  throw Error(ErrorKind::kUsage, cat(setting, " is \"", text,
                                     "\"; write a number with one of the units us, ms, s, min, h, d (none means ms)"));
}

}  // namespace tide
