#include "backup/session.h"

#include "base/text.h"
#include "db/drivers.h"
#include "db/sqlite_url.h"
#include "sys/files.h"
#include "tide/error.h"

namespace tide {
namespace {

constexpr const char* kMaySeeSystem =
    "SELECT pg_catalog.has_function_privilege('pg_catalog.pg_control_system()', 'EXECUTE')";

DatabaseIdentity postgres_identity(Connection& connection) {
  DatabaseIdentity identity{"postgres", connection.info().database, "", ""};
  if (first_text(connection, kMaySeeSystem) == "true") {
    identity.system = first_text(connection, "SELECT system_identifier::text FROM pg_catalog.pg_control_system()");
  }
  identity.object = first_text(
      connection, "SELECT oid::text FROM pg_catalog.pg_database WHERE datname = pg_catalog.current_database()");
  return identity;
}

DatabaseIdentity sqlite_identity(Connection& connection) {
  if (connection.info().database == ":memory:") {
    throw Error(ErrorKind::kUsage, "a database in memory ends with its connection: there is nothing to back up");
  }
  const std::string path = real_path(connection.info().database);
  const FileStamp stamp = Directory(parent_directory(path)).stamp(base_name(path));
  return {"sqlite", path, path, std::to_string(stamp.inode)};
}

// SQLite would make an empty database of it.
void refuse_missing_file(const std::string& url) {
  if (!is_sqlite_url(url)) return;
  const SqliteUrl parsed = parse_sqlite_url(url);
  if (parsed.memory || is_file(parsed.path)) return;
  throw Error(ErrorKind::kConnect, cat("there is no database at ", parsed.path));
}

std::string place_of(const DatabaseIdentity& identity) {
  if (identity.engine == "sqlite") return cat("the file ", identity.name);
  return cat("database ", identity.name, identity.system.empty() ? "" : cat(" of server ", identity.system));
}

}  // namespace

void BackupContext::warn(const std::string& text) const {
  if (events == nullptr) return;
  Event event{Event::Kind::kWarning};
  event.text = text;
  events->emit(event);
}

void BackupContext::progress(const std::string& label, std::int64_t done, std::int64_t total) const {
  if (events == nullptr) return;
  Event event{Event::Kind::kProgress};
  event.text = label;
  event.done = done;
  event.total = total;
  events->emit(event);
}

BackupSession::BackupSession(const std::string& url, bool read_only) {
  refuse_missing_file(url);
  ConnectOptions options;
  options.application_name = "tide backup";
  options.read_only = read_only;
  connection_ = open_connection(url, options);
  target_ = std::make_unique<InterruptTarget>(cancel, connection_.get());
  if (!postgres()) return;
  for (const char* limit : {"statement_timeout", "lock_timeout", "idle_in_transaction_session_timeout"}) {
    connection_->execute(cat("SET ", limit, " = 0"));
  }
}

std::string cell_text(const Cell& cell) {
  switch (cell.kind) {
    case Cell::Kind::kNull:
      return "";
    case Cell::Kind::kBool:
      return cell.boolean ? "true" : "false";
    case Cell::Kind::kInteger:
      return std::to_string(cell.integer);
    default:
      return std::string(cell.text);
  }
}

std::string first_text(Connection& connection, const Statement& statement) {
  Statement quiet = statement;
  quiet.internal = true;
  const auto rows = connection.query(quiet);
  return rows->next() ? cell_text(rows->cell(0)) : "";
}

DatabaseIdentity identity_of(Connection& connection) {
  return connection.info().engine == "postgres" ? postgres_identity(connection) : sqlite_identity(connection);
}

void require_same_place(const Manifest& manifest, const DatabaseIdentity& database) {
  if (same_place(manifest.database, database)) return;
  throw Error(ErrorKind::kVerify, cat("it is a backup of another database: of ", place_of(manifest.database),
                                      ", not of ", place_of(database)))
      .advise("if that is what is wanted: --other-database");
}

}  // namespace tide
