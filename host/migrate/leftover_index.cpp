#include "migrate/leftover_index.h"

#include <chrono>
#include <string>
#include <utility>
#include <vector>

#include "base/text.h"
#include "sys/interrupt.h"
#include "tide/error.h"

namespace tide {
namespace {

using Clock = std::chrono::steady_clock;

constexpr std::int64_t kPauseMs = 200;

// The invalid indexes of table $1, the one called $2 only unless that is empty, and who is building it.
constexpr const char* kInvalid = R"(
SELECT format('%I.%I', n.nspname, c.relname), coalesce((
  SELECT l.pid FROM pg_locks l JOIN pg_stat_progress_create_index p ON p.pid = l.pid
  WHERE l.locktype = 'relation' AND l.relation = i.indrelid AND l.mode = 'ShareUpdateExclusiveLock' AND l.granted
    AND l.database = (SELECT oid FROM pg_database WHERE datname = current_database())
    AND l.pid <> pg_backend_pid() LIMIT 1), 0)
FROM pg_index i JOIN pg_class c ON c.oid = i.indexrelid JOIN pg_namespace n ON n.oid = c.relnamespace
WHERE i.indrelid = to_regclass($1) AND NOT i.indisvalid AND c.relkind = 'i'
  AND ($2 = '' OR c.relname = (parse_ident(nullif($2, '')))[1])
ORDER BY 1)";

struct InvalidIndex {
  std::string name;  // quoted where it must be
  std::int64_t builder = 0;
};

std::vector<InvalidIndex> find_invalid(const IndexWords& words, Connection& connection) {
  Statement statement(kInvalid, {words.table, words.index});
  statement.internal = true;
  std::vector<InvalidIndex> found;
  for (const auto rows = connection.query(statement); rows->next();) {
    found.push_back({std::string(rows->cell(0).text), rows->cell(1).integer});
  }
  return found;
}

void tell(const EventStream& events, Event::Kind kind, std::string text) {
  Event event{kind};
  event.text = std::move(text);
  events.emit(event);
}

// As soon as nobody builds any of them.
std::vector<InvalidIndex> find_abandoned(const IndexWords& words, Connection& connection, const EventStream& events,
                                         std::int64_t patience_ms) {
  const auto deadline = Clock::now() + std::chrono::milliseconds(patience_ms);
  for (bool told = false;; told = true) {
    const std::vector<InvalidIndex> found = find_invalid(words, connection);
    const InvalidIndex* building = nullptr;
    for (const InvalidIndex& index : found) {
      if (index.builder != 0) building = &index;
    }
    if (building == nullptr || words.index.empty()) return found;
    const std::string who = cat("server process ", building->builder, " is building an index on ", words.table,
                                ", perhaps ", building->name);
    if (!told) tell(events, Event::Kind::kWaiting, who);
    if (Clock::now() >= deadline || interrupted()) {
      throw Error(interrupted() ? ErrorKind::kInterrupted : ErrorKind::kLock, cat(who, ", which is not valid yet"));
    }
    sleep_ms(kPauseMs);
  }
}

}  // namespace

void make_way_for(const IndexWords& words, Connection& connection, const EventStream& events,
                  std::int64_t patience_ms) {
  for (const InvalidIndex& index : find_abandoned(words, connection, events, patience_ms)) {
    if (words.index.empty()) {
      if (index.builder == 0) {
        tell(events, Event::Kind::kWarning,
             cat("the invalid index ", index.name, " is on ", words.table,
                 " and stays: drop it when an attempt before has left it, and give the new one a name"));
      }
      continue;
    }
    tell(events, Event::Kind::kWarning,
         cat("the invalid index ", index.name, ", left by an attempt before, is dropped and built anew"));
    Statement drop(cat("DROP INDEX CONCURRENTLY IF EXISTS ", index.name));
    drop.internal = true;
    connection.execute(drop);
  }
}

void refuse_invalid(const IndexWords& words, Connection& connection) {
  for (const InvalidIndex& index : find_invalid(words, connection)) {
    throw Error(ErrorKind::kVerify,
                cat("the index ", index.name, " is there and invalid, and IF NOT EXISTS would accept it"))
        .advise(cat("DROP INDEX ", index.name, "   and run it again"));
  }
}

}  // namespace tide
