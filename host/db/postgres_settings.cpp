#include "db/postgres_settings.h"

#include "base/text.h"
#include "db/postgres_encode.h"

namespace tide {
namespace {

// The two identities stand apart by their blank: the server does not list them, and they cannot be RESET by name alone.
constexpr const char* kListed =
    "SELECT name, setting FROM pg_catalog.pg_settings WHERE source = 'session' AND name NOT IN "
    "('transaction_isolation', 'transaction_read_only', 'transaction_deferrable') "
    "UNION ALL SELECT ' session_authorization', pg_catalog.current_setting('session_authorization') "
    "UNION ALL SELECT ' role', pg_catalog.current_setting('role')";

std::map<std::string, std::string> read(PostgresSession& session) {
  std::map<std::string, std::string> values;
  for (const auto& row : session.execute(kListed)) values.emplace(row[0].c_str(), row[1].c_str());
  return values;
}

void set(PostgresSession& session, const std::string& name, const std::string& value) {
  session.execute(
      cat("SELECT pg_catalog.set_config(", postgres_literal(name), ", ", postgres_literal(value), ", false)"));
}

}  // namespace

PostgresSettings::PostgresSettings(PostgresSession& session) : values_(read(session)) {}

void PostgresSettings::put_back(PostgresSession& session) const {
  const std::map<std::string, std::string> now = read(session);
  if (now == values_) return;
  for (const char* identity : {"session_authorization", "role"}) {  // in this order: the first sets the second
    const std::string key = cat(" ", identity);
    if (now.at(key) != values_.at(key)) set(session, identity, values_.at(key));
  }
  for (const auto& [name, value] : now) {
    if (name[0] != ' ' && values_.count(name) == 0) session.execute(cat("RESET ", name));
  }
  for (const auto& [name, value] : values_) {
    const auto found = now.find(name);
    if (name[0] != ' ' && (found == now.end() || found->second != value)) set(session, name, value);
  }
}

}  // namespace tide
