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

// True when `value` is or holds a string whose bytes decide how it must be sent.
bool text_is_ambiguous(const Value& value);

// The value with its strings as Bytes where the type `oid` is bytea or bytea[]; otherwise the value, once its
// strings are known to be text that PostgreSQL can hold: kSql naming `what` when they are not.
Value as_type(const Value& value, Oid oid, const std::string& what);

}  // namespace tide
