#pragma once

#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "backup/pg_database.h"
#include "backup/session.h"
#include "backup/store.h"
#include "scratch/cluster.h"
#include "scratch/fill.h"
#include "scratch/folder.h"

namespace tide {

struct CopyRequest {
  BackupContext context;    // the database that is copied, and the folder of its backups
  std::string server;       // URL of a scratch server; empty = one is started
  std::string from_backup;  // a label, or "newest"; empty = whatever is best
  bool schema_only = false;
};

// How a copy came about, for people and for the record.
struct CopyOrigin {
  std::string place;           // "scratch cluster", "named server", "file"
  std::string server_version;  // of the copy
  Fill fill = Fill::kSchema;
  std::string backup;       // its label
  std::string backup_time;  // ISO, UTC
  std::string because;      // why it is filled with no more than that; "" = it is all there is
  std::vector<std::string> warnings;
};

// A throwaway copy of a database, gone with the object.
class ScratchCopy {
 public:
  // The database itself is only read. kUsage and kIo as choose_fill, ScratchCluster and pg_dump say; kVerify for a
  // backup that cannot be loaded.
  explicit ScratchCopy(const CopyRequest& request);

  const std::string& url() const { return url_; }  // with what the database's own URL says of a session
  // The same place, for one who may read everything.
  const std::string& inspect_url() const { return inspect_url_.empty() ? url_ : inspect_url_; }
  const CopyOrigin& origin() const { return origin_; }

 private:
  std::optional<StoredBackup> find(const CopyRequest& request, const BackupSession& source, FillChoice& choice) const;
  void choose(const CopyRequest& request, const BackupSession& source);
  void copy_file(const CopyRequest& request, const BackupSession& source);
  void start_cluster(const CopyRequest& request, const BackupSession& source);
  void use_server(const CopyRequest& request, const BackupSession& source);
  void warn(const std::string& text) { origin_.warnings.push_back(text); }

  CopyOrigin origin_;
  std::string url_;
  std::string inspect_url_;
  std::optional<StoredBackup> backup_;
  // one of these holds the copy
  std::unique_ptr<ScratchFolder> folder_;
  std::unique_ptr<ScratchCluster> cluster_;
  std::unique_ptr<FreshDatabase> database_;
};

// Of the database of `source` into an empty database: the schema, and the rows of tide's history. With `own`, owners
// and privileges too, whose roles have to be there. `folder` is for files on the way. kIo with what pg_dump said.
void load_schema(const BackupContext& context, const BackupSession& source, const std::string& target_url,
                 const ConnectionInfo& target, const std::string& database, const std::string& folder, bool own);

// Statements that make what belongs to the whole server: roles without their passwords, memberships, settings of roles.
std::vector<std::string> statements_of_roles(const BackupSession& source);
// Extensions that the database of `source` uses and the server of `target` does not have.
std::vector<std::string> missing_extensions(const BackupSession& source, const BackupSession& target);

}  // namespace tide
