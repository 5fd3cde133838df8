#include <algorithm>
#include <functional>
#include <map>
#include <optional>
#include <utility>

#include "base/text.h"
#include "sys/csv_file.h"
#include "sys/interrupt.h"
#include "tide/error.h"

namespace tide {
namespace {

// The texts of the key of the record at hand, told apart from each other; nothing when one of them is NULL.
std::optional<std::string> key_of(const CsvReader& record, const std::vector<std::size_t>& places) {
  std::string key;
  for (const std::size_t place : places) {
    if (record.is_null(place)) return std::nullopt;
    append_csv_field(key, record.field(place), false);
    key += ',';
  }
  return key;
}

struct KeyPlace {
  std::size_t hash;
  std::int64_t line;
  friend bool operator<(const KeyPlace& a, const KeyPlace& b) {
    return a.hash != b.hash ? a.hash < b.hash : a.line < b.line;
  }
};

// Lines whose key has the same hash as another one's: few, and looked at again.
std::vector<std::int64_t> suspects(std::vector<KeyPlace> keys) {
  std::sort(keys.begin(), keys.end());
  std::vector<std::int64_t> lines;
  for (std::size_t i = 0; i < keys.size(); ++i) {
    const bool twin =
        (i > 0 && keys[i - 1].hash == keys[i].hash) || (i + 1 < keys.size() && keys[i + 1].hash == keys[i].hash);
    if (twin) lines.push_back(keys[i].line);
  }
  std::sort(lines.begin(), lines.end());
  return lines;
}

std::string described(const CsvFile& file, const std::vector<std::size_t>& places) {
  std::vector<std::string> parts;
  for (const std::size_t place : places) parts.push_back(cat(file.names()[place], " = ", file.record().field(place)));
  return join(parts, ", ");
}

void refuse_twice(CsvFile& file, const std::string& shown, const std::vector<std::size_t>& places,
                  const std::vector<std::int64_t>& lines) {
  std::map<std::string, std::int64_t> seen;
  while (file.next()) {
    const std::int64_t line = file.record().line();
    if (!std::binary_search(lines.begin(), lines.end(), line)) continue;
    const auto [first, is_new] = seen.emplace(key_of(file.record(), places).value_or(""), line);
    if (is_new) continue;
    const auto what = cat(described(file, places), " stands on line ", first->second, " already: a row is there once");
    throw Error(ErrorKind::kIo, what).at(shown, static_cast<int>(line));
  }
}

}  // namespace

CsvSurvey survey_csv(const std::string& path, const std::string& shown, char delimiter,
                     const std::vector<std::string>& key) {
  Sha256 digest;
  CsvFile file(path, shown, delimiter, &digest);
  std::vector<std::size_t> places;
  for (const std::string& name : key) {
    const auto found = std::find(file.names().begin(), file.names().end(), name);
    places.push_back(static_cast<std::size_t>(found - file.names().begin()));
  }
  CsvSurvey survey;
  std::vector<KeyPlace> keys;
  for (; file.next(); ++survey.rows) {
    if (interrupted()) throw Error(ErrorKind::kInterrupted, "interrupted");
    if (key.empty()) continue;
    if (const auto text = key_of(file.record(), places)) {
      keys.push_back({std::hash<std::string>()(*text), file.record().line()});
    }
  }
  survey.bytes = file.bytes();
  survey.sha256 = digest.hex();
  if (const auto lines = suspects(std::move(keys)); !lines.empty()) {
    CsvFile again(path, shown, delimiter);
    refuse_twice(again, shown, places, lines);
  }
  return survey;
}

}  // namespace tide
