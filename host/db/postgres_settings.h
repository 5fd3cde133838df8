#pragma once

#include <map>
#include <string>

#include "db/postgres_session.h"

namespace tide {

// What was set in a session that is not ours for longer than a transaction, behind a pooler: read when the transaction
// begins, put back before it commits, so that nobody else meets what it has set. Custom settings ("app.user") are not
// listed by the server, and stay.
class PostgresSettings {
 public:
  explicit PostgresSettings(PostgresSession& session);
  void put_back(PostgresSession& session) const;

 private:
  std::map<std::string, std::string> values_;
};

}  // namespace tide
