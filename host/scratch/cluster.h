#pragma once

#include <string>

#include "scratch/folder.h"
#include "tide/connection.h"

namespace tide {

// A PostgreSQL server that lives as long as the object: in a folder of its own that nobody else may enter, on a unix
// socket there, without TCP, without fsync and without autovacuum. As root it runs as user postgres, or nobody.
class ScratchCluster {
 public:
  // Of exactly this major version. `pg_bin` is the folder of its programs; empty = found. kIo when it is not installed
  // here (says which package has it), when it does not start (says what it logged), kInterrupted after Ctrl-C.
  ScratchCluster(int major, const std::string& pg_bin);

  const std::string& version() const { return version_; }  // "15.18"
  const std::string& folder() const { return folder_.path(); }
  // How a session reaches it as `user`; the superuser is kSuperuser.
  ConnectionInfo address(const std::string& user) const;

  static constexpr const char* kSuperuser = "tide_scratch";

 private:
  void wait_until_ready() const;
  Error failed(const std::string& what) const;

  std::string version_;
  ScratchFolder folder_;
};

}  // namespace tide
