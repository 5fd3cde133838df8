#include "backup/tables.h"

#include <algorithm>
#include <map>
#include <set>

#include "base/text.h"
#include "tide/error.h"

namespace tide {
namespace {

constexpr const char* kInsufficientPrivilege = "42501";

// Of extensions pg_dump keeps CREATE EXTENSION only; of partitioned tables the partitions hold the rows. `parents` are
// the partitioned tables above, as "schema.name" lines.
constexpr const char* kPostgresTables = R"(
SELECT n.nspname::text, c.relname::text, c.relkind::text,
       pg_catalog.has_schema_privilege(n.oid, 'USAGE') AND pg_catalog.has_table_privilege(c.oid, 'SELECT'),
       pg_catalog.row_security_active(c.oid),
       c.relpersistence = 'u' AND pg_catalog.pg_is_in_recovery(),
       pg_catalog.pg_table_is_visible(c.oid),
       coalesce((WITH RECURSIVE above(oid) AS (
                   SELECT inhparent FROM pg_catalog.pg_inherits WHERE inhrelid = c.oid AND c.relispartition
                   UNION SELECT i.inhparent FROM pg_catalog.pg_inherits i JOIN above a ON i.inhrelid = a.oid)
                 SELECT pg_catalog.string_agg(pn.nspname || '.' || p.relname, E'\n') FROM above a
                 JOIN pg_catalog.pg_class p ON p.oid = a.oid JOIN pg_catalog.pg_namespace pn ON pn.oid = p.relnamespace),
                '')
FROM pg_catalog.pg_class c JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace
WHERE c.relkind IN ('r', 'p', 'f', 'm') AND c.relpersistence <> 't'
  AND n.nspname !~ '^pg_' AND n.nspname <> 'information_schema'
  AND NOT EXISTS (SELECT 1 FROM pg_catalog.pg_depend d WHERE d.classid = 'pg_catalog.pg_class'::regclass
                  AND d.objid = c.oid AND d.deptype = 'e')
ORDER BY 1, 2)";

constexpr const char* kSqliteTables =
    "SELECT name FROM sqlite_master WHERE type = 'table' AND name NOT LIKE 'sqlite\\_%' ESCAPE '\\' "
    "AND sql NOT LIKE 'CREATE VIRTUAL%' ORDER BY name";

struct Candidate {
  TableRows table;
  std::string kind;
  bool readable = false;
  bool hidden_rows = false;  // by row level security
  bool rows_dumped = true;
  bool visible = false;  // found without its schema
  std::vector<std::string> parents;

  bool answers_to(const std::string& name) const {
    const auto same = [&](const std::string& full) { return full == name; };
    return same(table_text(table)) || (visible && same(table.name)) ||
           std::any_of(parents.begin(), parents.end(), [&](const std::string& parent) {
             return same(parent) || (visible && same(parent.substr(parent.find('.') + 1)));
           });
  }
};

std::vector<Candidate> postgres_candidates(const BackupSession& session) {
  std::vector<Candidate> all;
  const auto rows = session->query(kPostgresTables);
  while (rows->next()) {
    Candidate one;
    one.table = {cell_text(rows->cell(0)), cell_text(rows->cell(1)), std::nullopt};
    one.kind = cell_text(rows->cell(2));
    one.readable = rows->cell(3).boolean;
    one.hidden_rows = rows->cell(4).boolean;
    one.rows_dumped = !rows->cell(5).boolean;
    one.visible = rows->cell(6).boolean;
    one.parents = split(cell_text(rows->cell(7)), '\n');
    all.push_back(std::move(one));
  }
  return all;
}

std::vector<Candidate> sqlite_candidates(const BackupSession& session) {
  std::vector<Candidate> all;
  const auto rows = session->query(kSqliteTables);
  while (rows->next()) all.push_back({{"", cell_text(rows->cell(0)), std::nullopt}, "r", true, false, true, true, {}});
  return all;
}

std::vector<Candidate> chosen(const std::vector<Candidate>& all, const std::vector<std::string>& wanted) {
  if (wanted.empty()) return all;
  std::vector<Candidate> out;
  std::set<std::string> found;
  for (const Candidate& one : all) {
    bool taken = false;
    for (const std::string& name : wanted) {
      if (!one.answers_to(name)) continue;
      found.insert(name);
      taken = true;
    }
    if (taken) out.push_back(one);
  }
  for (const std::string& name : wanted) {
    if (found.count(name) > 0) continue;
    std::vector<std::string> names;
    for (const Candidate& one : all) names.insert(names.end(), {table_text(one.table), one.table.name});
    const std::string near = nearest(name, names);
    throw Error(ErrorKind::kUsage, cat("there is no table '", name, "' to back up",
                                       near.empty() ? "" : cat("; did you mean '", near, "'?")));
  }
  return out;
}

void require_readable(const std::vector<Candidate>& all, const std::string& user) {
  std::vector<std::string> closed;
  std::vector<std::string> filtered;
  for (const Candidate& one : all) {
    if (one.kind != "r" && one.kind != "p") continue;
    if (!one.readable)
      closed.push_back(table_text(one.table));
    else if (one.hidden_rows)
      filtered.push_back(table_text(one.table));
  }
  if (closed.empty() && filtered.empty()) return;
  const std::string whole = closed.empty() ? "row level security hides rows of " : "no permission to read ";
  Error error(ErrorKind::kSql, cat(whole, join(closed.empty() ? filtered : closed, ", "), " as ", user,
                                   ": a backup would not be whole"));
  error.sqlstate = kInsufficientPrivilege;
  error.table = (closed.empty() ? filtered : closed).front();
  error.hint = "GRANT pg_read_all_data TO the user (for row level security also BYPASSRLS), or leave the table out";
  throw error;
}

void add_exclusions(const std::vector<Candidate>& all, std::vector<std::string>& excluded) {
  for (const Candidate& one : all) {
    const std::string name = table_text(one.table);
    if (one.kind == "f") excluded.push_back(cat("rows of the foreign table ", name));
    if (one.kind == "m") excluded.push_back(cat("rows of the materialized view ", name, ": computed again on restore"));
    if (!one.rows_dumped) excluded.push_back(cat("rows of the unlogged table ", name, ": not on a standby"));
  }
}

std::string quoted_name(const BackupSession& session, const TableRows& table) {
  const std::string name = session->ident(table.name);
  return table.schema.empty() ? name : cat(session->ident(table.schema), ".", name);
}

std::string rows_text(const std::optional<std::int64_t>& rows) {
  return rows ? cat(*rows, *rows == 1 ? " row" : " rows") : "no rows counted";
}

}  // namespace

TableList list_tables(const BackupSession& session, const std::vector<std::string>& wanted) {
  const bool postgres = session.postgres();
  const auto all = chosen(postgres ? postgres_candidates(session) : sqlite_candidates(session), wanted);
  TableList list;
  if (postgres) {
    require_readable(all, session->info().user);
    add_exclusions(all, list.excluded);
    list.excluded.emplace_back("roles, tablespaces and settings of the whole server (pg_dumpall --globals-only)");
  }
  for (const Candidate& one : all) {
    if (one.kind == "r" && one.rows_dumped) list.tables.push_back(one.table);
    if (!wanted.empty()) list.selected.push_back(one.table);
  }
  if (!wanted.empty()) list.excluded.emplace_back("everything but the tables named");
  return list;
}

void count_tables(const BackupSession& session, std::vector<TableRows>& tables) {
  const char* only = session.postgres() ? "ONLY " : "";
  for (TableRows& table : tables) {
    const auto rows = session->query(cat("SELECT count(*) FROM ", only, quoted_name(session, table)));
    if (rows->next()) table.rows = rows->cell(0).integer;
  }
}

std::vector<std::string> table_differences(const std::vector<TableRows>& expected,
                                           const std::vector<TableRows>& found) {
  std::map<std::string, std::optional<std::int64_t>> there;
  for (const TableRows& table : found) there[table_text(table)] = table.rows;
  std::vector<std::string> differences;
  for (const TableRows& table : expected) {
    const std::string name = table_text(table);
    const auto now = there.find(name);
    if (now == there.end()) {
      differences.push_back(cat("table ", name, " is missing"));
      continue;
    }
    if (table.rows && now->second != table.rows) {
      differences.push_back(cat(name, " has ", rows_text(now->second), ", the manifest says ", *table.rows));
    }
    there.erase(now);
  }
  for (const auto& rest : there) differences.push_back(cat("table ", rest.first, " is not in the manifest"));
  return differences;
}

}  // namespace tide
