#include <gtest/gtest.h>

#include <string>

#include "base/text.h"
#include "schema/diff.h"
#include "schema/json_tree.h"
#include "schema/snapshot.h"
#include "support/databases.h"
#include "support/pg_cluster.h"

namespace tide::test {
namespace {

// The JSON at a path of members: at(snapshot, "tables", "public.t", "columns").
std::string at(const Json& value) { return dump_json(value); }
template <class... Keys>
std::string at(const Json& value, const std::string& key, const Keys&... keys) {
  const Json* found = value.find(key);
  return found == nullptr ? cat("no ", key) : at(*found, keys...);
}

std::string names(const Json& snapshot, const std::string& kind) {
  std::string out;
  for (const auto& [name, value] : members_of(snapshot, kind)) out += cat(out.empty() ? "" : " ", name);
  return out;
}

class SnapshotTest : public EngineTest {
 protected:
  Json snapshot() { return read_snapshot(db()); }
  void run(const char* script) {
    for (const std::string& sql : split(script, ';')) {
      if (!trim(sql).empty()) execute(std::string(trim(sql)));
    }
  }
};
TIDE_ON_BOTH_ENGINES(SnapshotTest);

TEST_P(SnapshotTest, OfAnEmptyDatabaseHasNoTables) {
  EXPECT_EQ(names(snapshot(), "tables"), "");
  EXPECT_EQ(at(snapshot(), "engine"), postgres() ? "\"postgres\"" : "\"sqlite\"");
}

TEST_P(SnapshotTest, IsTheSameForTheSameSchemaWhateverWasDoneInBetween) {
  run("CREATE TABLE a (id integer PRIMARY KEY, n text); CREATE INDEX a_n ON a (n)");
  const std::string before = snapshot_text(snapshot());
  run("CREATE TABLE b (id integer); DROP TABLE b; INSERT INTO a VALUES (1, 'x'); DROP INDEX a_n; CREATE INDEX a_n ON a "
      "(n)");
  EXPECT_EQ(snapshot_text(snapshot()), before);
}

TEST_P(SnapshotTest, KeepsColumnsInTheirOrderAndSortsTheRest) {
  run("CREATE TABLE z (b integer, a integer, CONSTRAINT y CHECK (a > 0), CONSTRAINT x CHECK (b > 0)); CREATE TABLE y "
      "(n integer)");
  const Json taken = snapshot();
  const std::string prefix = postgres() ? "public." : "";
  EXPECT_EQ(names(taken, "tables"), cat(prefix, "y ", prefix, "z"));
  const Json& table = *taken.find("tables")->find(prefix + "z");
  EXPECT_EQ(members_of(table, "columns").front().first, "b");
  EXPECT_EQ(members_of(table, "constraints").front().first, "x");
}

TEST_P(SnapshotTest, LeavesATransactionAsItWas) {
  db().begin();
  run("CREATE TABLE inside (n integer)");
  EXPECT_NE(names(snapshot(), "tables").find("inside"), std::string::npos);
  EXPECT_EQ(db().transaction_state(), TransactionState::kOpen);
  run("INSERT INTO inside VALUES (1)");
  db().rollback();
  EXPECT_EQ(names(snapshot(), "tables"), "");
}

TEST_P(SnapshotTest, TakesNamesThatNeedQuotesAsTheyAre) {
  const std::string longest(63, 'x');
  for (const std::string& name :
       {std::string("Upper"), std::string("dot.ted"), std::string("quo\"ted"), std::string("emoji 😀"), longest}) {
    execute(cat("CREATE TABLE ", db().ident(name), " (", db().ident(name), " integer PRIMARY KEY)"));
  }
  const Json taken = snapshot();
  for (const auto& [key, table] : members_of(taken, "tables")) {
    ASSERT_EQ(members_of(table, "columns").size(), 1U) << key;
    const std::string column = members_of(table, "columns").front().first;
    EXPECT_EQ(key, postgres() ? cat("public.", db().ident(column)) : column);
  }
  EXPECT_EQ(members_of(taken, "tables").size(), 5U);
  EXPECT_TRUE(diff_snapshots(parse_snapshot(snapshot_text(taken), "s"), taken).empty());
}

TEST_P(SnapshotTest, TakesForeignKeysThatGoInACircle) {
  if (postgres()) {
    run("CREATE TABLE a (id integer PRIMARY KEY, b integer); CREATE TABLE b (id integer PRIMARY KEY, a integer "
        "REFERENCES a); "
        "ALTER TABLE a ADD CONSTRAINT a_b_fkey FOREIGN KEY (b) REFERENCES b");
  } else {
    run("CREATE TABLE a (id integer PRIMARY KEY, b integer REFERENCES b); CREATE TABLE b (id integer PRIMARY KEY, a "
        "REFERENCES a)");
  }
  EXPECT_EQ(members_of(snapshot(), "tables").size(), 2U);
}

TEST_P(SnapshotTest, IsReadInASessionThatMayOnlyRead) {
  run("CREATE TABLE a (id integer)");
  ConnectOptions options;
  options.read_only = true;
  const auto reader = connect(options);
  EXPECT_EQ(snapshot_text(read_snapshot(*reader)), snapshot_text(snapshot()));
}

using PostgresSnapshotTest = PostgresTest;

TEST_F(PostgresSnapshotTest, LeavesOutWhatIsTidesTheSystemsOrAnExtensions) {
  for (const char* sql : {"CREATE SCHEMA tide", "CREATE TABLE tide.migrations (n integer)", "CREATE EXTENSION citext",
                          "CREATE TEMPORARY TABLE passing (n integer)"}) {
    execute(sql);
  }
  const Json taken = read_snapshot(db());
  EXPECT_EQ(names(taken, "schemas"), "public");
  EXPECT_EQ(names(taken, "tables"), "");
  EXPECT_EQ(names(taken, "functions"), "");
  EXPECT_EQ(names(taken, "extensions"), "citext plpgsql");
}

TEST_F(PostgresSnapshotTest, HasEveryKindOfThing) {
  for (const char* sql :
       {"CREATE TYPE mood AS ENUM ('sad', 'ok')", "CREATE DOMAIN positive AS integer CHECK (VALUE > 0)",
        "CREATE TYPE pair AS (a integer, b text)", "CREATE TYPE spans AS RANGE (SUBTYPE = float8)",
        "CREATE TABLE t (id integer GENERATED ALWAYS AS IDENTITY (START WITH 7) PRIMARY KEY, m mood DEFAULT 'ok', "
        "c varchar(9) COLLATE \"C\", g text GENERATED ALWAYS AS (lower(c)) STORED, n integer NOT NULL)",
        "ALTER TABLE t ADD CONSTRAINT later CHECK (n > 0) NOT VALID", "CREATE INDEX half ON t (lower(c)) WHERE n > 1",
        "ALTER TABLE t ENABLE ROW LEVEL SECURITY", "ALTER TABLE t FORCE ROW LEVEL SECURITY",
        "CREATE POLICY mine ON t FOR SELECT USING (n = 1)", "COMMENT ON COLUMN t.n IS 'how many'",
        "CREATE FUNCTION touch() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN RETURN NEW; END $$",
        "CREATE TRIGGER touched BEFORE UPDATE ON t FOR EACH ROW EXECUTE FUNCTION touch()",
        "ALTER TABLE t DISABLE TRIGGER touched", "CREATE VIEW v AS SELECT id FROM t",
        "CREATE MATERIALIZED VIEW mv AS SELECT id FROM v", "CREATE SEQUENCE s INCREMENT BY 5",
        "CREATE TABLE p (d date) PARTITION BY RANGE (d)",
        "CREATE TABLE p1 PARTITION OF p FOR VALUES FROM ('2020-01-01') TO ('2021-01-01')"}) {
    execute(sql);
  }
  const Json taken = read_snapshot(db());
  EXPECT_EQ(at(taken, "enums", "public.mood", "labels"), R"(["sad","ok"])");
  EXPECT_EQ(at(taken, "domains", "public.positive", "constraints", "positive_check", "definition"),
            "\"CHECK ((VALUE > 0))\"");
  EXPECT_EQ(at(taken, "types", "public.pair", "columns", "b", "type"), "\"text\"");
  EXPECT_EQ(at(taken, "ranges", "public.spans", "subtype"), "\"double precision\"");
  EXPECT_EQ(at(taken, "sequences", "public.s", "increment"), "5");
  EXPECT_EQ(at(taken, "functions", "public.touch()", "returns"), "\"trigger\"");
  const Json& table = *taken.find("tables")->find("public.t");
  EXPECT_EQ(at(table, "columns", "id"),
            R"({"type":"integer","not_null":true,"identity":"always","identity_options":"START WITH 7"})");
  EXPECT_EQ(at(table, "columns", "m"), R"({"type":"public.mood","default":"'ok'::public.mood"})");
  EXPECT_EQ(at(table, "columns", "c"), R"-({"type":"character varying(9)","collation":"pg_catalog.\"C\""})-");
  EXPECT_EQ(at(table, "columns", "g", "generation"), "\"stored\"");
  EXPECT_EQ(at(table, "columns", "n", "comment"), "\"how many\"");
  EXPECT_EQ(at(table, "constraints", "later", "validated"), "false");
  EXPECT_EQ(at(table, "constraints", "t_pkey", "validated"), "true");
  EXPECT_EQ(at(table, "indexes", "half", "definition"),
            "\"CREATE INDEX half ON public.t USING btree (lower((c)::text)) WHERE (n > 1)\"");
  EXPECT_EQ(at(table, "indexes", "half", "valid"), "true");
  EXPECT_EQ(at(table, "row_security") + at(table, "row_security_forced"), "truetrue");
  EXPECT_EQ(at(table, "policies", "mine", "using"), "\"(n = 1)\"");
  EXPECT_EQ(at(table, "triggers", "touched", "enabled"), "\"disabled\"");
  EXPECT_EQ(at(taken, "views", "public.v", "uses"), "[\"tables public.t\"]");
  // servers before 16 write v.id
  EXPECT_TRUE(at(taken, "materialized_views", "public.mv", "definition").ends_with("id\\n   FROM public.v\""));
  EXPECT_EQ(at(taken, "tables", "public.p", "partition_by"), "\"RANGE (d)\"");
  EXPECT_EQ(at(taken, "tables", "public.p1", "partition_of"), "\"public.p\"");
}

TEST_F(PostgresSnapshotTest, DoesNotDependOnTheSearchPathAndLeavesIt) {
  execute("CREATE SCHEMA app");
  execute("CREATE TABLE app.t (id integer PRIMARY KEY)");
  const std::string before = snapshot_text(read_snapshot(db()));
  execute("SET search_path = app, public");
  EXPECT_EQ(snapshot_text(read_snapshot(db())), before);
  EXPECT_EQ(value("SHOW search_path"), Value("app, public"));
  db().begin();
  EXPECT_EQ(snapshot_text(read_snapshot(db())), before);
  EXPECT_EQ(value("SHOW search_path"), Value("app, public"));
  db().rollback();
}

TEST_F(PostgresSnapshotTest, SeesWhatOthersOwnToo) {
  execute("CREATE TABLE theirs (id integer PRIMARY KEY)");
  execute("CREATE VIEW over_theirs AS SELECT id FROM theirs");
  const std::string mine = snapshot_text(read_snapshot(db()));
  execute("DROP ROLE IF EXISTS snapshot_reader");
  execute("CREATE ROLE snapshot_reader");
  execute("SET ROLE snapshot_reader");
  EXPECT_EQ(snapshot_text(read_snapshot(db())), mine);
  execute("RESET ROLE");
  execute("DROP ROLE snapshot_reader");
}

TEST_F(PostgresSnapshotTest, OfACatalogThatMayNotBeReadFailsAndLeavesTheTransactionUsable) {
  execute("DROP ROLE IF EXISTS snapshot_blind");
  execute("CREATE ROLE snapshot_blind");
  execute("REVOKE SELECT ON pg_policy FROM PUBLIC");
  execute("SET ROLE snapshot_blind");
  db().begin();
  const Error error = raised([&] { read_snapshot(db()); });
  EXPECT_EQ(error.kind, ErrorKind::kSql);
  EXPECT_EQ(error.message, "the schema cannot be read as postgres: permission denied for table pg_policy");
  EXPECT_EQ(value("SELECT 1"), Value(1));
  db().rollback();
  execute("RESET ROLE");
  execute("GRANT SELECT ON pg_policy TO PUBLIC");
  execute("DROP ROLE snapshot_blind");
}

TEST_F(PostgresSnapshotTest, HasOwnersAndPrivilegesWhenAsked) {
  execute("CREATE TABLE t (id integer, secret text)");
  execute("DROP ROLE IF EXISTS snapshot_guest");
  execute("CREATE ROLE snapshot_guest");
  execute("GRANT SELECT, INSERT ON t TO snapshot_guest");
  execute("GRANT UPDATE (secret) ON t TO PUBLIC");
  SnapshotOptions options;
  options.grants = true;
  const Json taken = read_snapshot(db(), options);
  EXPECT_EQ(at(taken, "grants"), "true");
  EXPECT_EQ(at(taken, "tables", "public.t", "owner"), "\"postgres\"");
  EXPECT_EQ(at(taken, "tables", "public.t", "grants"), "[\"snapshot_guest: INSERT, SELECT\"]");
  EXPECT_EQ(at(taken, "tables", "public.t", "columns", "secret", "grants"), "[\"PUBLIC: UPDATE\"]");
  EXPECT_EQ(at(read_snapshot(db()), "tables", "public.t", "owner"), "no owner");
  execute("DROP TABLE t");
  execute("DROP ROLE snapshot_guest");
}

using SqliteSnapshotTest = SqliteTest;

TEST_F(SqliteSnapshotTest, HasEveryKindOfThing) {
  for (const char* sql :
       {"CREATE TABLE t (id INTEGER PRIMARY KEY AUTOINCREMENT, c TEXT NOT NULL DEFAULT 'x' COLLATE NOCASE CHECK (c <> "
        "''), "
        "g TEXT AS (upper(c)) STORED, other INTEGER REFERENCES t (id) ON DELETE CASCADE) STRICT",
        "CREATE TABLE w (a TEXT PRIMARY KEY) WITHOUT ROWID", "CREATE UNIQUE INDEX half ON t (lower(c)) WHERE id > 1",
        "CREATE VIEW v AS SELECT id FROM t", "CREATE TRIGGER touched AFTER INSERT ON t BEGIN SELECT 1; END",
        "CREATE VIRTUAL TABLE words USING fts5(body)", "CREATE TABLE tide_migrations (n)"}) {
    execute(sql);
  }
  const Json taken = read_snapshot(db());
  EXPECT_EQ(names(taken, "tables"), "t w");
  EXPECT_EQ(names(taken, "virtual_tables"), "words");
  const Json& table = *taken.find("tables")->find("t");
  EXPECT_EQ(at(table, "strict") + at(table, "autoincrement"), "truetrue");
  EXPECT_EQ(at(taken, "tables", "w", "without_rowid"), "true");
  EXPECT_EQ(at(table, "columns", "c"), R"({"type":"text","not_null":true,"default":"'x'","collation":"nocase"})");
  EXPECT_EQ(at(table, "columns", "g"), R"-({"type":"text","generated":"upper(c)","generation":"stored"})-");
  EXPECT_EQ(at(table, "constraints", "CHECK (c <> '')", "type"), "\"check\"");
  EXPECT_EQ(at(table, "constraints", "FOREIGN KEY (other) REFERENCES t (id) ON DELETE CASCADE", "references"), "\"t\"");
  EXPECT_EQ(
      at(table, "indexes", "half"),
      R"-({"definition":"CREATE UNIQUE INDEX half ON t (lower(c)) WHERE id > 1","valid":true,"unique":true,"partial":true})-");
  EXPECT_EQ(at(table, "triggers", "touched", "definition"),
            "\"CREATE TRIGGER touched AFTER INSERT ON t BEGIN SELECT 1; END\"");
  EXPECT_EQ(at(taken, "views", "v", "columns"), R"({"id":{"type":"integer"}})");
}

TEST_F(SqliteSnapshotTest, SaysWhichViewNoLongerWorksAndTakesTheRest) {
  execute("PRAGMA legacy_alter_table = ON");
  execute("CREATE TABLE t (id integer)");
  execute("CREATE VIEW broken AS SELECT id FROM t");
  execute("CREATE VIEW works AS SELECT 1 AS one");
  execute("DROP TABLE t");
  const Json taken = read_snapshot(db());
  EXPECT_NE(at(taken, "views", "broken", "broken").find("no such table"), std::string::npos);
  EXPECT_EQ(names(taken, "views"), "broken works");
}

}  // namespace
}  // namespace tide::test
