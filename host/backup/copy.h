#pragma once

#include <string>

#include "backup/session.h"
#include "backup/store.h"

namespace tide {

struct CopyResult {
  std::string label;
  std::string destination;  // where it stands now
};

// Copies a backup with its manifest and proof, and says so only when the copy's bytes were checked where they are: into
// a folder ("/mnt/x"); to another machine by scp and ssh ("user@host:/backups", "scp://host/path"); or to a store that
// speaks S3 ("s3://bucket/prefix"; keys, region and endpoint from the AWS_* variables). It becomes a backup there last,
// so that a copy cut short is none. Of the bytes here, those of the manifest are copied: kVerify when there are others.
// kIo when it fails, what arrived is not what was sent, or there is a backup of that label.
CopyResult copy_backup(const BackupContext& context, const StoredBackup& backup, const std::string& destination);

void copy_by_ssh(const BackupContext& context, const StoredBackup& backup, const std::string& host,
                 const std::string& folder);
void copy_to_s3(const BackupContext& context, const StoredBackup& backup, const std::string& bucket_and_prefix);

}  // namespace tide
