#include "migrate/version.h"

#include <algorithm>

#include "base/text.h"
#include "migrate/file_name.h"
#include "tide/error.h"

namespace tide {
namespace {

constexpr std::size_t kListed = 5;

using Candidates = std::vector<VersionName>;

template <class Matches>
Candidates select(const Candidates& candidates, Matches matches) {
  Candidates found;
  std::copy_if(candidates.begin(), candidates.end(), std::back_inserter(found), matches);
  return found;
}

std::string describe(const VersionName& one) {
  return one.name.empty() ? one.version : cat(one.version, " ", one.name);
}

Error ambiguous(const std::string& query, const Candidates& found) {
  std::vector<std::string> listed;
  for (std::size_t i = 0; i < found.size() && i < kListed; ++i) listed.push_back(describe(found[i]));
  std::string more = found.size() > kListed ? cat(" and ", found.size() - kListed, " more") : "";
  return Error(ErrorKind::kUsage, cat("\"", query, "\" could be ", join(listed, ", "), more));
}

Error unknown(const std::string& query, const Candidates& candidates) {
  if (candidates.empty())
    return Error(ErrorKind::kUsage, cat("no migration is called \"", query, "\"; there are none"));
  std::vector<std::string> words;
  for (const VersionName& one : candidates) {
    words.push_back(one.version);
    words.push_back(one.name);
  }
  std::string near = nearest(query, words);
  for (const VersionName& one : candidates) {
    if (near.empty() || (one.version != near && one.name != near)) continue;
    return Error(ErrorKind::kUsage, cat("no migration is called \"", query, "\"; did you mean ", describe(one), "?"));
  }
  return Error(ErrorKind::kUsage, cat("no migration is called \"", query, "\"")).advise("tide status");
}

}  // namespace

std::string_view version_number(std::string_view version) {
  std::size_t first = version.find_first_not_of('0');
  if (first == std::string_view::npos) return version.substr(version.empty() ? 0 : version.size() - 1);
  return version.substr(first);
}

int compare_versions(std::string_view a, std::string_view b) {
  std::string_view x = version_number(a), y = version_number(b);
  if (x.size() != y.size()) return x.size() < y.size() ? -1 : 1;
  return x.compare(y);
}

bool version_before(std::string_view a, std::string_view b) {
  int order = compare_versions(a, b);
  return order != 0 ? order < 0 : a < b;
}

std::string resolve_version(const std::string& query, const Candidates& candidates) {
  Candidates found = select(candidates, [&](const VersionName& c) { return c.version == query; });
  std::optional<FileName> file = parse_file_name(query.substr(query.rfind('/') + 1));
  std::string version = file ? file->version : query.substr(0, query.find_first_not_of("0123456789"));
  std::string rest = file ? file->name : query.substr(std::min(query.size(), version.size() + 1));
  bool full = !version.empty() && version.size() < query.size();
  bool digits = !query.empty() && version.size() == query.size();
  auto try_next = [&](bool applies, auto matches) {
    if (found.empty() && applies) found = select(candidates, matches);
  };
  try_next(digits, [&](const VersionName& c) { return compare_versions(c.version, query) == 0; });
  try_next(true, [&](const VersionName& c) { return c.name == query; });
  try_next(full, [&](const VersionName& c) { return c.name == rest && compare_versions(c.version, version) == 0; });
  try_next(digits, [&](const VersionName& c) { return starts_with(c.version, query); });
  if (found.empty()) throw unknown(query, candidates);
  if (found.size() > 1) throw ambiguous(query, found);
  return found.front().version;
}

}  // namespace tide
