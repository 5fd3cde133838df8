#include <optional>

#include "backup/pg_database.h"
#include "backup/session.h"
#include "base/text.h"
#include "cli/commands.h"
#include "cli/console.h"
#include "cli/schema_gap.h"
#include "cli/session.h"
#include "tide/error.h"

namespace tide {
namespace {

constexpr const char* kHistory = "its history";

// An empty database for as long as this lives: in memory, or beside the environment's own on its server.
class Scratch {
 public:
  explicit Scratch(const std::string& url) {
    const BackupSession server(url);
    std::string place = "sqlite::memory:";
    if (server.postgres()) {
      require_right(server);
      sweep_throwaways(server, system_host());
      database_.emplace(server, url, throwaway_name(system_host()), server->info().database);
      place = database_->url();
    }
    held_ = std::make_shared<BackupSession>(place);
  }

  std::shared_ptr<Connection> connection() const { return {held_, &**held_}; }

 private:
  static void require_right(const BackupSession& server) {
    const std::string why = why_no_database(server);
    if (why.empty()) return;
    throw Error(ErrorKind::kUsage, cat("drift applies the history to a scratch database on the same server, and ", why))
        .advise(cat("ALTER ROLE ", server->ident(server->info().user), " CREATEDB"))
        .advise("tide diff ENVIRONMENT FILE   compares with a snapshot instead");
  }

  std::optional<FreshDatabase> database_;  // outlives the session with it
  std::shared_ptr<BackupSession> held_;
};

NamedSchema implied_schema(Session& session) {
  const Scratch scratch(session.environment().url);
  const int count = session.engine().replay(scratch.connection());
  session.say(cat("compared with what ", counted(count, "applied migration"), " made of a scratch database"));
  return {kHistory, read_snapshot(*scratch.connection())};
}

}  // namespace

int run_drift(Session& session) {
  const NamedSchema live = own_schema(session);
  return show_differences(session, live, implied_schema(session));
}

}  // namespace tide
