#include <memory>

#include "backup/clock.h"
#include "backup/pg_database.h"
#include "backup/restore.h"
#include "backup/verify.h"
#include "base/text.h"
#include "db/postgres_target.h"
#include "tide/error.h"

namespace tide {
namespace {

constexpr std::size_t kLongestName = 63;  // bytes, of PostgreSQL's identifiers
constexpr const char* kObjectInUse = "55006";

std::string derived_name(const std::string& name, const std::string& ending) {
  std::string head = name.substr(0, kLongestName - ending.size());
  while (!head.empty() && !is_utf8(head)) head.pop_back();
  return head + ending;
}

std::string others_there(const BackupSession& server) {
  return server.text(R"(SELECT string_agg(who, ', ') FROM (
    SELECT format('%s (%s%s)', coalesce(nullif(application_name, ''), 'pid ' || pid), usename,
                  coalesce(' from ' || host(client_addr), '')) AS who
    FROM pg_catalog.pg_stat_activity
    WHERE datname = pg_catalog.current_database() AND pid <> pg_catalog.pg_backend_pid() AND backend_type = 'client backend'
    ORDER BY 1 LIMIT 5) s)");
}

Error in_use(const std::string& database, const std::string& who) {
  return Error(ErrorKind::kLock, cat("the database ", database, " is in use", who.empty() ? "" : cat(" by ", who),
                                     ": it can only be replaced when nobody is connected"))
      .advise("stop what uses it, then restore again");
}

class PostgresRestore {
 public:
  PostgresRestore(const BackupContext& context, const StoredBackup& backup, const RestoreOptions& options)
      : context_(context), backup_(backup), options_(options), server_(std::make_unique<BackupSession>(context.url)) {
    result_.label = backup.label;
    result_.database = (*server_)->info().database;
  }

  Restoration run() {
    check();
    sweep_throwaways(*server_, context_.host);
    const std::string stamp = stamp_text(now_ms());
    result_.kept = free_name(cat("_before_", stamp));
    restored_ = free_name(cat("_restored_", stamp));
    FreshDatabase fresh(*server_, context_.url, throwaway_name(context_.host, "restore"), result_.database);
    fill(fresh);
    const ConnectionInfo info = (*server_)->info();
    server_.reset();  // it is connected to what is renamed
    swap(fresh, info);
    return result_;
  }

 private:
  void check() {
    if (!options_.other_database) require_same_place(*backup_.manifest, identity_of(**server_));
    if (const std::string why = why_no_database(*server_); !why.empty()) {
      throw Error(ErrorKind::kSql, cat("a restore goes into a new database, and ", why))
          .advise(cat("ALTER ROLE ", (*server_)->ident((*server_)->info().user), " CREATEDB"));
    }
    if (const std::string who = others_there(*server_); !who.empty()) throw in_use(result_.database, who);
  }

  void fill(const FreshDatabase& fresh) {
    load_postgres(context_, backup_, context_.url, (*server_)->info(), fresh.name(), true);
    const BackupSession session(fresh.url());
    require_same_tables(*backup_.manifest, session);
    session->execute("ANALYZE");
    for (const std::string& statement : properties_of_database(*server_, result_.database, fresh.name())) {
      try {
        (*server_)->execute(statement);
      } catch (const Error& error) {
        if (error.sqlstate.empty()) throw;
        result_.notes.push_back(cat("not carried over: ", statement, ": ", error.message));
      }
    }
  }

  std::string free_name(const std::string& ending) const {
    std::string name = derived_name(result_.database, ending);
    for (int i = 2; has_database(*server_, name); ++i) name = derived_name(result_.database, cat(ending, "_", i));
    return name;
  }

  // A session with neither of the two databases.
  BackupSession outside(const ConnectionInfo& info) const {
    try {
      return BackupSession(postgres_url(context_.url, info, "postgres"));
    } catch (const Error& error) {
      if (error.kind != ErrorKind::kConnect) throw;
      return BackupSession(postgres_url(context_.url, info, "template1"));
    }
  }

  static std::string renaming(const BackupSession& session, const std::string& from, const std::string& to) {
    return cat("ALTER DATABASE ", session->ident(from), " RENAME TO ", session->ident(to));
  }

  void swap(FreshDatabase& fresh, const ConnectionInfo& info) {
    const BackupSession session = outside(info);
    try {
      session->begin();
      session->execute(renaming(session, result_.database, result_.kept));
      session->execute(renaming(session, fresh.name(), result_.database));
      session->commit();
    } catch (const Error& error) {
      session->rollback();
      keep_aside(error, session, fresh);
    }
    fresh.keep();
    if (!options_.drop_old) return;
    drop_database(session, result_.kept);
    result_.kept.clear();
  }

  // What was restored and proven is not thrown away because its place is not free.
  [[noreturn]] void keep_aside(const Error& error, const BackupSession& session, FreshDatabase& fresh) const {
    session->execute(renaming(session, fresh.name(), restored_));
    fresh.keep();
    Error out = error.sqlstate == kObjectInUse ? in_use(result_.database, "") : error;
    out.next.clear();
    out.note_done(cat("the backup was restored and verified as the database ", restored_, ", which is kept"));
    out.note_done(cat(result_.database, " is as it was"));
    out.advise(cat(renaming(session, result_.database, result_.kept), ";"));
    out.advise(cat(renaming(session, restored_, result_.database), ";"));
    throw out;
  }

  const BackupContext& context_;
  const StoredBackup& backup_;
  const RestoreOptions& options_;
  std::unique_ptr<BackupSession> server_;
  Restoration result_;
  std::string restored_;  // a name that lasts, for what cannot be put in place
};

}  // namespace

Restoration restore_postgres(const BackupContext& context, const StoredBackup& backup, const RestoreOptions& options) {
  return PostgresRestore(context, backup, options).run();
}

}  // namespace tide
