#include "migrate/blocking_sight.h"

#include <utility>

#include "base/text.h"

namespace tide {
namespace {

// The waits as they are at one instant; a session may see them all, whoever's they are.
constexpr const char* kBlocked = R"(
WITH RECURSIVE waiting AS MATERIALIZED (
  SELECT w.pid, pg_blocking_pids(w.pid) AS blockers FROM (SELECT DISTINCT pid FROM pg_locks WHERE NOT granted) w
), blocked AS (
  SELECT pid FROM waiting WHERE $1::int = ANY (blockers)
  UNION
  SELECT w.pid FROM waiting w JOIN blocked b ON b.pid = ANY (w.blockers)
)
SELECT pid FROM blocked WHERE pid <> $1::int ORDER BY pid)";

// A lock on a row is a wait for its writer's transaction, and a lock on the tuple says where the row is.
#define TIDE_AWAITED                                                                                                 \
  "(SELECT l.mode || ' on ' || coalesce(CASE WHEN l.locktype IN ('relation', 'extend', 'page', 'tuple') THEN "       \
  "l.relation::regclass::text END, 'a row of ' || (SELECT t.relation::regclass::text FROM pg_locks t WHERE t.pid = " \
  "l.pid AND t.locktype = 'tuple' LIMIT 1), 'a ' || l.locktype) FROM pg_locks l WHERE l.pid = a.pid AND NOT "        \
  "l.granted "                                                                                                       \
  "LIMIT 1)"

constexpr const char* kOwn =
    "SELECT coalesce(a.state = 'active', false), coalesce(a.query_start::text, ''), coalesce(" TIDE_AWAITED
    ", '') FROM pg_stat_activity a WHERE a.pid = $1::int";

constexpr const char* kSessions =
    "SELECT a.pid, coalesce(a.usename, '?'), coalesce(a.application_name, ''), coalesce(extract(epoch FROM "
    "clock_timestamp() - a.xact_start) * 1000, 0)::bigint, coalesce(a.query, ''), coalesce(" TIDE_AWAITED
    ", '') FROM pg_stat_activity a WHERE a.pid = ANY ($1::int[]) ORDER BY a.xact_start";

constexpr const char* kHolders =
    "SELECT a.pid, coalesce(a.usename, '?'), coalesce(a.application_name, ''), coalesce(extract(epoch FROM "
    "clock_timestamp() - a.xact_start) * 1000, 0)::bigint, coalesce(a.query, ''), '' FROM pg_stat_activity a WHERE "
    "a.pid = ANY (pg_blocking_pids($1::int)) ORDER BY a.xact_start";

#undef TIDE_AWAITED

constexpr const char* kCancel =
    "SELECT pg_cancel_backend(pid) FROM pg_stat_activity WHERE pid = $1::int AND state = 'active' AND "
    "query_start::text = $2";

constexpr std::size_t kQueryShown = 80;

std::unique_ptr<Cursor> ask(Connection& observer, const char* sql, std::vector<Value> params) {
  Statement statement(sql, std::move(params));
  statement.internal = true;
  return observer.query(statement);
}

std::string shown(std::string_view query) {
  std::string line;
  for (const char c : trim(query)) {
    const bool space = c == '\n' || c == '\t' || c == '\r' || c == ' ';
    if (!space || line.back() != ' ') line += space ? ' ' : c;
  }
  if (utf8_length(line) <= kQueryShown) return line;
  return cat(line.substr(0, utf8_offset(line, kQueryShown)), "...");
}

std::vector<std::string> describe(const std::unique_ptr<Cursor>& rows) {
  std::vector<std::string> people;
  while (rows->next()) {
    const auto text = [&](std::size_t column) { return std::string(rows->cell(column).text); };
    const std::string application = text(2).empty() ? "" : cat(", \"", text(2), "\"");
    const double ms = static_cast<double>(rows->cell(3).integer);
    const std::string since = ms > 0 ? cat(", in a transaction for ", human_duration(ms)) : "";
    const std::string waits = text(5).empty() ? "" : cat(" waits for ", text(5));
    const std::string query = text(4).empty() ? "" : cat(": ", shown(text(4)));
    people.push_back(
        cat("server process ", rows->cell(0).integer, " (user ", text(1), application, since, ")", waits, query));
  }
  return people;
}

}  // namespace

BlockingSight look_at_blocking(Connection& observer, int backend) {
  BlockingSight sight;
  for (const auto rows = ask(observer, kBlocked, {backend}); rows->next();) {
    sight.blocked.push_back(static_cast<int>(rows->cell(0).integer));
  }
  const auto own = ask(observer, kOwn, {backend});
  if (!own->next()) return sight;
  sight.active = own->cell(0).boolean;
  sight.statement_id = std::string(own->cell(1).text);
  sight.waits_for = std::string(own->cell(2).text);
  return sight;
}

std::vector<std::string> holders_of(Connection& observer, int backend) {
  return describe(ask(observer, kHolders, {backend}));
}

std::vector<std::string> waiters(Connection& observer, const std::vector<int>& backends) {
  Array numbers(backends.begin(), backends.end());
  return describe(ask(observer, kSessions, {numbers}));
}

void cancel_statement(Connection& observer, int backend, const std::string& statement_id) {
  ask(observer, kCancel, {backend, statement_id});
}

}  // namespace tide
