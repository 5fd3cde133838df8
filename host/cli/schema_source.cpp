#include "cli/schema_source.h"

#include <algorithm>

#include "backup/session.h"
#include "base/text.h"
#include "cli/session.h"
#include "db/drivers.h"
#include "sys/files.h"
#include "tide/error.h"

namespace tide {
namespace {

constexpr std::string_view kSqliteMagic = "SQLite format 3";

bool is_url(const std::string& where) {
  const auto& all = drivers();
  return std::any_of(all.begin(), all.end(), [&](const Driver& driver) { return driver.accepts(where); });
}

Json read_by_url(const std::string& url, const SnapshotOptions& options) {
  const BackupSession session(url, true);
  return read_snapshot(*session, options);
}

NamedSchema read_saved(const std::string& path) {
  const std::string text = read_file(path);
  if (starts_with(text, kSqliteMagic)) {
    throw Error(ErrorKind::kUsage, cat(path, " is a SQLite database, not a snapshot")).advise(cat("sqlite:", path));
  }
  return {path, parse_snapshot(text, path)};
}

Error unknown_source(Session& session, const std::string& where) {
  std::vector<std::string> names;
  for (const Environment& environment : session.project().config.environments) names.push_back(environment.name);
  const std::string near = nearest(where, names);
  Error error(ErrorKind::kConfig, cat("'", where, "' is no environment, no URL and no file",
                                      near.empty() ? "" : cat("; did you mean '", near, "'?")));
  if (!names.empty()) error.advise(cat("the environments are: ", join(names, ", ")));
  return error;
}

}  // namespace

NamedSchema find_schema(Session& session, const std::string& where, const SnapshotOptions& options) {
  if (session.project().config.find(where) != nullptr) {
    return {where, read_by_url(session.url_of_other(where), options)};
  }
  if (is_url(where)) return {display_url(where), read_by_url(session.url_of_other(where), options)};
  if (is_file(where)) return read_saved(where);
  throw unknown_source(session, where);
}

NamedSchema own_schema(Session& session, const SnapshotOptions& options) {
  const Environment& environment = session.environment();
  return {environment.name, read_by_url(environment.url, options)};
}

}  // namespace tide
