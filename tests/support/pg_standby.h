#pragma once

#include <memory>
#include <string>

#include "support/pg_cluster.h"
#include "support/process.h"
#include "support/temp_dir.h"

namespace tide::test {

// A hot standby of a cluster, copied from it with pg_basebackup and following it: a real server that may only be read.
// Has what the cluster had when the object was made. It goes with the object, and also when the test dies.
class PgStandby {
 public:
  explicit PgStandby(const PgCluster& primary);

  std::string url(const std::string& database) const;

 private:
  void copy(const PgCluster& primary) const;
  void wait_until_it_answers(const PgCluster& primary) const;

  TempDir directory_;
  int port_;
  std::unique_ptr<Process> server_;
};

}  // namespace tide::test
