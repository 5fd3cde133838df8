#pragma once

#include <sys/types.h>

#include <string>
#include <vector>

namespace tide::test {

struct PgClusterOptions {
  std::string password;               // not empty: scram-sha-256 is asked for, everywhere; otherwise trust
  std::vector<std::string> settings;  // lines of postgresql.conf: "max_connections = 5"
};

// A throwaway PostgreSQL server, of the programs in $TIDE_PG_BIN or else of the newest installed version, in a
// directory of its own, on a unix socket and on 127.0.0.1. The superuser is `postgres`. As root it runs as user
// postgres (or nobody), otherwise as oneself. Durability is off. It goes with the object, and also when the test dies:
// a small shell waits for that.
class PgCluster {
 public:
  explicit PgCluster(PgClusterOptions options = {});
  ~PgCluster();
  PgCluster(const PgCluster&) = delete;
  PgCluster& operator=(const PgCluster&) = delete;

  std::string url(const std::string& database = "postgres") const;         // over TCP
  std::string socket_url(const std::string& database = "postgres") const;  // over the unix socket
  int port() const { return port_; }
  const std::string& socket_directory() const { return directory_; }
  const std::string& bin_directory() const { return bin_; }  // initdb, pg_ctl ...
  std::string log() const;                                   // what the server has logged

  // An empty database; the first form makes up a name. Returns its url().
  std::string create_database();
  std::string create_database(const std::string& name);
  void drop_database(const std::string& name);                         // its sessions are ended
  void copy_database(const std::string& from, const std::string& to);  // in the place of what `to` was

  // One value by psql, past the code under test: "" when there is no row.
  std::string value(const std::string& database, const std::string& sql) const;

  void stop();  // sessions are cut off, as with `pg_ctl stop -m fast`
  void start();
  void restart();
  void crash();                     // `pg_ctl stop -m immediate`, and up again by recovery
  void terminate(int backend_pid);  // the administrator's kill; returns when the backend is gone

 private:
  void initialise();
  void watch();
  void end() noexcept;
  std::string run(const std::vector<std::string>& command) const;

  PgClusterOptions options_;
  std::string bin_;
  std::string directory_;
  std::string data_;
  int port_ = 0;
  int made_ = 0;
  int lifeline_ = -1;
  pid_t watchdog_ = -1;
};

// Of 127.0.0.1; nothing listens there now.
int free_port();

// The one cluster that the tests of a process share; started at the first call.
PgCluster& shared_cluster();

}  // namespace tide::test
