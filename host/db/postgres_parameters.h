#pragma once

#include <string>
#include <vector>

#include "db/postgres_session.h"
#include "tide/connection.h"

namespace tide {

// The parameters of one statement as the server gets them: as text, whose types it infers. A string that could mean
// something else as bytea than as text (a backslash, a NUL byte, what is not UTF-8) makes it ask for the types first.
class PostgresParameters {
 public:
  // kSql, naming the parameter, for a text that PostgreSQL cannot hold.
  PostgresParameters(PostgresSession& session, const std::string& sql, const std::vector<Value>& values);

  const TextParameters& values() const { return pointers_; }

 private:
  std::vector<std::string> texts_;
  TextParameters pointers_;
};

}  // namespace tide
