#pragma once

#include <memory>
#include <string>
#include <vector>

#include "support/pg_cluster.h"
#include "support/process.h"

namespace tide::test {

struct PgBouncerOptions {
  std::string pool_mode = "transaction";  // or "session", "statement"
  int pool_size = 20;                     // server connections a database
  std::vector<std::string> settings;      // lines of [pgbouncer] in its file
};

// A real pgbouncer in front of every database of a cluster, which must outlive it. As root it runs as user postgres.
// It goes with the object, and also when the test dies.
class PgBouncer {
 public:
  explicit PgBouncer(const PgCluster& cluster, PgBouncerOptions options = {});
  ~PgBouncer();

  static bool installed();
  std::string url(const std::string& database) const;

 private:
  void wait_until_it_listens() const;

  int port_;
  std::string file_;
  std::unique_ptr<Process> process_;
};

}  // namespace tide::test
