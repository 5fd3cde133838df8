#pragma once

#include <string>
#include <vector>

#include "backup/session.h"

namespace tide {

// A database that a backup is restored into. It is dropped with the object, on a session of its own, unless it was
// kept.
class FreshDatabase {
 public:
  // Encoding and locale are those of `like`, a database of the same server; "" = the server's. kSql when the server
  // refuses.
  FreshDatabase(const BackupSession& server, std::string server_url, std::string name, const std::string& like);
  ~FreshDatabase();
  FreshDatabase(const FreshDatabase&) = delete;
  FreshDatabase& operator=(const FreshDatabase&) = delete;

  const std::string& name() const { return name_; }
  std::string url() const;  // for sessions of ours
  void keep() { kept_ = true; }

 private:
  std::string server_url_;
  ConnectionInfo server_;
  std::string name_;
  bool kept_ = false;
};

bool has_database(const BackupSession& server, const std::string& name);
// Ends its sessions first.
void drop_database(const BackupSession& server, const std::string& name);

// Whether the session's user may make databases there, and the server may (a standby may not); "" or why not.
std::string why_no_database(const BackupSession& server);

// The clauses of CREATE DATABASE, behind its name, that make another one like it: encoding and locale.
std::string locale_clauses(const BackupSession& server, const std::string& like);

// A name for a database that lives no longer than this process, for `purpose` ("verify", "restore", "rehearse"); those
// of processes that are gone are dropped by sweep_throwaways.
std::string throwaway_name(const std::string& host, const std::string& purpose = "verify");
void sweep_throwaways(const BackupSession& server, const std::string& host);

// What belongs to a database beside what is in it, as statements that give it to the database `to`: owner, privileges,
// settings, connection limit, comment.
std::vector<std::string> properties_of_database(const BackupSession& server, const std::string& from,
                                                const std::string& to);

}  // namespace tide
