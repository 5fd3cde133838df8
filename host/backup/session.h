#pragma once

#include <cstdint>
#include <memory>
#include <string>

#include "backup/manifest.h"
#include "sys/interrupt.h"
#include "tide/connection.h"
#include "tide/event.h"

namespace tide {

// Which database, and for whom: what all that backups do has in common.
struct BackupContext {
  std::string environment;
  std::string url;
  bool is_protected = false;
  std::string dir;     // the folder of backups, absolute
  std::string pg_bin;  // folder of pg_dump and its like; empty = found
  std::string who;
  std::string host;
  std::string version;  // tide's own
  const EventStream* events = nullptr;

  void warn(const std::string& text) const;
  void progress(const std::string& label, std::int64_t done, std::int64_t total) const;
};

std::string cell_text(const Cell& cell);
// The first column of the first row; "" for none and for NULL.
std::string first_text(Connection& connection, const Statement& statement);

// A connection without time limits whose running statement Ctrl-C cancels.
class BackupSession {
 public:
  explicit BackupSession(const std::string& url, bool read_only = false);

  Connection& operator*() const { return *connection_; }
  Connection* operator->() const { return connection_.get(); }
  bool postgres() const { return connection_->info().engine == "postgres"; }
  std::string text(const Statement& statement) const { return first_text(*connection_, statement); }

 private:
  static void cancel(void* self) noexcept { static_cast<Connection*>(self)->interrupt(); }

  std::unique_ptr<Connection> connection_;
  std::unique_ptr<InterruptTarget> target_;
};

DatabaseIdentity identity_of(Connection& connection);
// kVerify unless the backup is of this place (see same_place).
void require_same_place(const Manifest& manifest, const DatabaseIdentity& database);

}  // namespace tide
