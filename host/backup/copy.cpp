#include "backup/copy.h"

#include <algorithm>

#include "backup/tree.h"
#include "backup/verify.h"
#include "backup/workspace.h"
#include "base/text.h"
#include "sys/digest.h"
#include "sys/file_changes.h"
#include "sys/files.h"
#include "tide/error.h"

namespace tide {
namespace {

constexpr std::string_view kS3 = "s3://";

struct Remote {
  std::string host;  // empty: it is a folder here
  std::string path;
};

// host:path and user@host:path, as scp reads them: a colon before the first slash.
Remote parse_destination(const std::string& text) {
  constexpr std::string_view kScheme = "scp://";
  if (starts_with(text, kScheme)) {
    const std::string rest = text.substr(kScheme.size());
    const std::size_t slash = std::min(rest.find('/'), rest.size());
    return {rest.substr(0, slash), slash == rest.size() ? "." : rest.substr(slash)};
  }
  const std::size_t colon = text.find(':');
  if (colon == std::string::npos || text.find('/') < colon) return {"", text};
  return {text.substr(0, colon), colon + 1 == text.size() ? "." : text.substr(colon + 1)};
}

void copy_to_folder(const BackupContext& context, const StoredBackup& backup, const std::string& folder) {
  Workspace workspace(folder, backup.label);
  const std::string temporary = cat(workspace.path(), "/", backup.label);
  copy_tree(backup.folder, temporary,
            [&](std::int64_t done, std::int64_t total) { context.progress(cat("copy ", backup.label), done, total); });
  StoredBackup copy = backup;
  copy.folder = temporary;
  verify_files(context, copy);
  verify_hash(context, copy);
  if (is_directory(cat(folder, "/", backup.label))) {
    throw Error(ErrorKind::kIo, cat("there is a backup '", backup.label, "' in ", folder, " already"));
  }
  rename_file(temporary, cat(folder, "/", backup.label));
  sync_folder(folder);
}

}  // namespace

CopyResult copy_backup(const BackupContext& context, const StoredBackup& backup, const std::string& destination) {
  if (!backup.manifest) throw Error(ErrorKind::kVerify, cat("the backup ", backup.label, ": ", backup.problem));
  if (destination.empty()) throw Error(ErrorKind::kUsage, "copy needs a destination: a folder, host:path or s3://...");
  const std::string at = cat(destination, ends_with(destination, "/") ? "" : "/", backup.label);
  verify_files(context, backup);
  if (starts_with(destination, kS3)) {
    verify_hash(context, backup);
    copy_to_s3(context, backup, destination.substr(kS3.size()));
    return {backup.label, at};
  }
  const Remote to = parse_destination(destination);
  if (to.host.empty()) {
    copy_to_folder(context, backup, to.path);
  } else {
    copy_by_ssh(context, backup, to.host, to.path);
  }
  return {backup.label, at};
}

}  // namespace tide
