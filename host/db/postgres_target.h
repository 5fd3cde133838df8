#pragma once

#include <string>
#include <utility>
#include <vector>

#include "tide/connection.h"

namespace tide {

// How PostgreSQL's own programs (pg_dump, pg_restore, psql) reach the server that a session of ours is with.
struct PostgresTarget {
  std::string conninfo;                                  // for --dbname: a keyword string without any secret
  std::vector<std::pair<std::string, std::string>> env;  // PGPASSWORD, when the URL holds one
};

// The server that took the session, also where `url` names several; `database` on it. kUsage when the URL holds a
// secret that these programs take on their command line only (sslpassword).
PostgresTarget postgres_target(const std::string& url, const ConnectionInfo& session, const std::string& database);

// The same place as a URL for sessions of ours: with its secrets.
std::string postgres_url(const std::string& url, const ConnectionInfo& session, const std::string& database);

}  // namespace tide
