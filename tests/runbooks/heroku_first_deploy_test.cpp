// scripts/heroku_first_deploy.lua: a local database's schema and rows into an empty one, killed, failed, reverted,
// refused.

#include "runbooks/heroku_app.h"
#include "support/pg_cluster.h"

namespace tide::test {
namespace {

constexpr const char* kApplied = "SELECT count(*) FROM tide.migrations WHERE state = 'applied'";
constexpr const char* kLocal = "whynot_local";
constexpr const char* kClock = "connect=psql -XAt -d \"$DATABASE_URL\" -c 'SELECT now()'";

// What a row's text says, table by table, and where each sequence stands.
constexpr const char* kRows =
    "SELECT (SELECT string_agg(u::text, ',' ORDER BY u.id) FROM users u) || (SELECT string_agg(r::text, ',' ORDER BY "
    "r.id) FROM rooms r) || (SELECT string_agg(p::text, ',' ORDER BY p.room_id, p.user_id) FROM room_participants p) "
    "|| "
    "(SELECT string_agg(m::text, ',' ORDER BY m.id) FROM messages m) || (SELECT string_agg(sequencename || last_value, "
    "',' "
    "ORDER BY sequencename) FROM pg_sequences WHERE schemaname = 'public')";

void use_tls(bool on) {
  PgCluster& cluster = shared_cluster();
  if (on) {
    cluster.value(
        "postgres",
        "COPY (SELECT 1) TO PROGRAM 'openssl req -new -x509 -days 2 -nodes -subj /CN=localhost -keyout server.key "
        "-out server.crt 2>&1'");
  }
  cluster.value("postgres", on ? "ALTER SYSTEM SET ssl = on" : "ALTER SYSTEM RESET ssl");
  cluster.value("postgres", "SELECT pg_reload_conf()");
  for (int i = 0; i < 100 && cluster.value("postgres", "SHOW ssl") != (on ? "on" : "off"); ++i) {
  }
}

class HerokuFirstDeploy : public testing::Test {
 protected:
  static void SetUpTestSuite() {
    use_tls(true);
    HerokuApp app("heroku_first_deploy", "scripts/heroku_first_deploy/migrations", "whynot");
    EXPECT_TRUE(exits(app.tide({"up"}), 0));
    app.seed("001.sql");
    shared_cluster().copy_database(app.database(), kLocal);
  }
  static void TearDownTestSuite() {
    shared_cluster().drop_database(kLocal);
    use_tls(false);
  }

  HerokuFirstDeploy() {
    begin(app);
    before = app.database_state();
  }
  static void begin(HerokuApp& app) {
    app.change_app(R"({"formation": {"worker": null}})");
    app.inputs({"app=whynot", "source=" + shared_cluster().url(kLocal), "data=move", kClock, "settle=50ms",
                "health=" + app.url() + "/health"});
  }
  // Of these kinds, that a whole run passes.
  static std::vector<std::string> points(const std::vector<std::string>& kinds) {
    HerokuApp other("heroku_first_deploy", "scripts/heroku_first_deploy/migrations", "whynot");
    begin(other);
    const Outcome whole = other.run();
    EXPECT_TRUE(exits(whole, 0));
    return points_of(whole, kinds);
  }
  void expect_moved() {
    EXPECT_EQ(app.project().tables(), "messages room_participants rooms users");
    EXPECT_EQ(app.project().value(kApplied), "4");
    EXPECT_EQ(app.project().value(kRows), shared_cluster().value(kLocal, kRows));
    EXPECT_FALSE(app.in_maintenance());
    EXPECT_EQ(app.heroku()["backups"].size(), 1u);
    EXPECT_EQ(app.heroku()["schedules"].size(), 1u);
  }
  void expect_as_before() {
    EXPECT_EQ(app.database_state(), before);
    EXPECT_FALSE(app.in_maintenance());
    EXPECT_TRUE(app.heroku().value("schedules", Json::array()).empty());
  }
  void expect_refused(const std::vector<std::string>& parts, const Args& more = {}) {
    test::expect_refused(app.run(more), parts);
    EXPECT_EQ(app.calls("maintenance:on"), 0);
    EXPECT_EQ(app.project().value("SELECT count(*) FROM pg_tables WHERE tablename = 'messages'"), "0");
    EXPECT_FALSE(app.project().has("backups"));
  }

  HerokuApp app{"heroku_first_deploy", "scripts/heroku_first_deploy/migrations", "whynot"};
  std::string before;
};

TEST_F(HerokuFirstDeploy, MovesTheSchemaAndEveryRowAsItWas) {
  const Outcome outcome = app.run();
  EXPECT_TRUE(exits(outcome, 0));
  expect_moved();
  EXPECT_EQ(parse_json(app.tide({"backup", "list", "--json"}).out)["backups"][0]["proof"], "restored");
  EXPECT_TRUE(lacks(outcome.all(), "postgres@"));
  EXPECT_EQ(app.project().value("INSERT INTO messages (room_id, body) VALUES (1, 'next') RETURNING id"), "501");
}

TEST_F(HerokuFirstDeploy, SowsASeedOrNothing) {
  EXPECT_TRUE(exits(app.run({"--set", "data=seed"}), 0));
  EXPECT_EQ(app.project().value("SELECT string_agg(body, ',') FROM messages"), "Welcome. Why not say something?");
  EXPECT_TRUE(exits(app.run({"--revert", "last"}), 0));
  expect_as_before();
  EXPECT_TRUE(exits(app.run({"--set", "data=none"}), 0));
  EXPECT_EQ(app.project().value("SELECT count(*) FROM users"), "0");
}

TEST_F(HerokuFirstDeploy, KilledAtEveryBoundaryAndResumedItEndsAsIfNothingHadBeen) {
  app.kill_at_each(points({"when", "end", "held"}), [&](const Args& how) { return app.run(how); });
  expect_moved();
}

TEST_F(HerokuFirstDeploy, KilledInTheMiddleOfAStepAndResumedItEndsAsIfNothingHadBeen) {
  app.insert("migrations/003_create_room_participants.lua", "up = function(db)\n", "require 'strike' 'migrating'\n");
  app.insert("lib/move.lua", "copy_table(source, target, name)))\n", "require 'strike' ('moving ' .. name)\n");
  app.kill_in_the_middle({"!maintenance:on kill-after", "migrating", "moving users", "moving messages",
                          "!run kill-before", "!run kill-after", "!maintenance:off kill-after",
                          "!pg:backups:capture kill-after", "!pg:backups:schedule kill-after"});
  expect_moved();
}

TEST_F(HerokuFirstDeploy, FailedAtEveryStepItRevertsToAnEmptyDatabase) {
  for (const std::string& point : points({"end"})) {
    SCOPED_TRACE(point);
    app.strike(point, true);
    EXPECT_TRUE(exits(app.run({"--on-failure", "revert"}), 1));
    app.calm();
    expect_as_before();
  }
}

TEST_F(HerokuFirstDeploy, KilledAndRevertedItIsEmptyAgain) {
  for (const char* point : {"2.2 end", "3.1 end", "4.1 end", "6.2 end"}) {
    SCOPED_TRACE(point);
    app.strike(point);
    ASSERT_TRUE(is_killed(app.run()));
    EXPECT_TRUE(exits(app.run({"--revert", "last"}), 0));
    expect_as_before();
  }
}

TEST_F(HerokuFirstDeploy, ByAResetItRevertsToo) {
  app.strike("5.1 end", true);
  EXPECT_TRUE(exits(app.run({"--set", "rollback=reset", "--on-failure", "revert"}), 1));
  EXPECT_EQ(app.calls("pg:reset"), 1);
  expect_as_before();
}

TEST_F(HerokuFirstDeploy, ARevertLosesNoRowThatNobodyGaveUp) {
  EXPECT_TRUE(exits(app.run(), 0));
  app.project().value("INSERT INTO users (handle, email) VALUES ('late', 'late@whynot.test')");
  const Outcome refused = app.run({"--revert", "last"});
  EXPECT_TRUE(exits(refused, 4));
  EXPECT_TRUE(contains(refused.err, "rows were written since: users: 61 rows"));
  EXPECT_EQ(app.project().value("SELECT count(*) FROM users"), "61");
  EXPECT_FALSE(app.in_maintenance());
  EXPECT_TRUE(exits(app.run({"--revert", "last", "--set", "discard=yes"}), 0));
  expect_as_before();
}

TEST_F(HerokuFirstDeploy, RowsThatDoNotArriveAsTheyWereAreNotCommitted) {
  app.insert("migrations/004_create_messages.lua", "ON messages (room_id, sent_at)\"\n", R"(
    db:script [[
      CREATE FUNCTION tidy() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN NEW.body := trim(NEW.body, 'Z'); RETURN NEW; END $$;
      CREATE TRIGGER tidy BEFORE INSERT ON messages FOR EACH ROW EXECUTE FUNCTION tidy();
    ]]
)");
  const Outcome compared = app.run({"--on-failure", "skip"});
  EXPECT_TRUE(contains(compared.err, "the schema is that of the local database"));
  EXPECT_TRUE(contains(compared.err, "the rows did not arrive as they were: messages: 480 rows"));
  EXPECT_EQ(app.project().value("SELECT count(*) FROM messages"), "0");
}

TEST_F(HerokuFirstDeploy, ApplicationsThatDoNotConnectFailIt) {
  const Outcome outcome = app.run({"--set", "connect=echo 'password authentication failed' >&2; exit 1"});
  EXPECT_TRUE(exits(outcome, 1));
  EXPECT_TRUE(contains(outcome.err, "password authentication failed"));
  EXPECT_FALSE(app.in_maintenance());
  EXPECT_TRUE(exits(app.run({"--resume", "--set", kClock}), 0));
  expect_moved();
}

TEST_F(HerokuFirstDeploy, PreflightSeesThatHerokuIsNotReady) {
  app.change_app(R"({"releases": [], "connections": 10})");
  app.set_state("maintenance", "");
  expect_refused(
      {"whynot was released", "whynot is not in maintenance mode",
       "the plan has connections for the pools: the dynos' pools and the reserve are 15 connections, and the "
       "plan allows 10"});
}

TEST_F(HerokuFirstDeploy, PreflightSeesThatTheDatabaseIsNotEmptyOrNotTheApps) {
  app.project().value("CREATE TABLE users (id integer)");
  app.change_app(R"({"database_url": ")" + shared_cluster().url("postgres") + "\"}");
  app.project().remove("migrations/004_create_messages.lua");
  expect_refused({"the database is empty: there are tables: users", "this is the database of whynot",
                  "4 migrations are pending: 3 are"});
}

TEST_F(HerokuFirstDeploy, PreflightSeesThatTheSessionIsNotEncrypted) {
  app.connect_as("postgres", "?sslmode=disable");
  expect_refused({"the session is encrypted: it is not: add sslmode=require"});
}

TEST_F(HerokuFirstDeploy, PreflightSeesThatTheLocalDatabaseIsNotReady) {
  expect_refused({"the local database answers"}, {"--set", "source=postgresql://postgres@127.0.0.1:1/whynot"});
  expect_refused({"it is the database at Heroku itself"}, {"--set", "source=" + app.project().url()});
  expect_refused({"it has no table users: migrate it first"}, {"--set", "source=" + shared_cluster().url("postgres")});
  expect_refused({"the file nowhere.sql is there"}, {"--set", "data=seed", "--set", "seed=nowhere.sql"});
}

}  // namespace
}  // namespace tide::test
