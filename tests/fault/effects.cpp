#include "fault/effects.h"

#include <iterator>
#include <sstream>

#include "support/pg_cluster.h"

namespace tide::test {
namespace {

constexpr int kSqlFile = 5;
constexpr int kWithoutTransaction = 7;
constexpr int kVerified = 8;

std::string version_of(int number) {
  const std::string digits = std::to_string(number);
  return std::string(4 - digits.size(), '0') + digits;
}

std::string quoted(const std::string& text) { return "'" + text + "'"; }

std::string numbers_into(const std::string& table) {
  return "INSERT INTO " + table +
         " WITH RECURSIVE c(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM c WHERE i < 300) SELECT i FROM c";
}

std::string make_table(int number, const char* condition = "") {
  return std::string("CREATE TABLE ") + condition + "t_" + version_of(number) + " (n integer PRIMARY KEY)";
}

std::string effect(int number, int sign) {
  return "INSERT INTO effects (version, n) VALUES (" + quoted(version_of(number)) + ", " + std::to_string(sign) + ")";
}

std::string booking(int number, int sign) {
  return "UPDATE ledger SET total = total + " + std::to_string(sign * number);
}

std::string statement(const std::string& sql) { return "    db:execute [==[" + sql + "]==]\n"; }

std::string first_migration() {
  std::string up = statement("CREATE TABLE effects (version text NOT NULL, n integer NOT NULL)") +
                   statement("CREATE TABLE ledger (total integer NOT NULL)") +
                   statement("INSERT INTO ledger VALUES (0)") +
                   statement("CREATE TABLE versions (version text PRIMARY KEY, number integer)");
  for (int number = 2; number <= Effects::kAll; ++number) {
    if (number == kWithoutTransaction) continue;
    up += statement("INSERT INTO versions VALUES (" + quoted(version_of(number)) + ", " + std::to_string(number) + ")");
  }
  return "return { up = function(db)\n" + up + "end, down = function(db) end }\n";
}

std::string lua_text(int number) {
  const std::string table = "t_" + version_of(number);
  const std::string verify = number == kVerified ? ",\n  verify = function(db) assert(db:value 'SELECT count(*) FROM " +
                                                       table + "' == 300) end"
                                                 : "";
  return "return {\n  up = function(db)\n" + statement(effect(number, 1)) + statement(make_table(number)) +
         statement(numbers_into(table)) + statement(booking(number, 1)) + "  end,\n  down = function(db)\n" +
         statement(booking(number, -1)) + statement("DROP TABLE " + table) + statement(effect(number, -1)) + "  end" +
         verify + "\n}\n";
}

std::string sql_text(int number) {
  const std::string table = "t_" + version_of(number);
  return "-- tide:up\n" + effect(number, 1) + ";\n" + make_table(number) + ";\n" + numbers_into(table) + ";\n" +
         booking(number, 1) + ";\n-- tide:down\n" + booking(number, -1) + ";\nDROP TABLE " + table + ";\n" +
         effect(number, -1) + ";\n";
}

std::string effect_unless_done(int number, int sign) {
  const std::string version = quoted(version_of(number));
  return "INSERT INTO effects (version, n) SELECT " + version + ", " + std::to_string(sign) +
         " WHERE (SELECT coalesce(sum(n), 0) FROM effects WHERE version = " + version + ") = " + (sign > 0 ? "0" : "1");
}

std::string text_without_transaction(int number) {
  const std::string table = "t_" + version_of(number);
  return "return {\n  transaction = false,\n  up = function(db)\n" + statement(make_table(number, "IF NOT EXISTS ")) +
         statement("DELETE FROM " + table) + statement(numbers_into(table)) + statement(effect_unless_done(number, 1)) +
         "  end,\n  down = function(db)\n" + statement(effect_unless_done(number, -1)) +
         statement("DROP TABLE IF EXISTS " + table) + "  end\n}\n";
}

}  // namespace

Effects::Effects(Engine engine) : project_(engine) {
  project_.write("migrations/0001_tables.lua", first_migration());
  for (int number = 2; number <= kAll; ++number) {
    const std::string file = "migrations/" + version_of(number) + "_step";
    if (number == kSqlFile) {
      project_.write(file + ".sql", sql_text(number));
    } else {
      project_.write(file + ".lua",
                     number == kWithoutTransaction ? text_without_transaction(number) : lua_text(number));
    }
  }
}

Command Effects::command(Args args, const Proxy* proxy) const {
  std::string url = route_;
  if (proxy != nullptr) {
    url = route_.empty() ? project_.url() : route_;
    const std::string port = ":" + std::to_string(shared_cluster().port()) + "/";
    url.replace(url.find(port), port.size(), ":" + std::to_string(proxy->port()) + "/");
  }
  if (!url.empty()) args.insert(args.end(), {"--url", url});
  return project_.command(args);
}

std::chrono::microseconds Effects::duration_of(const Args& args) const {
  const auto began = std::chrono::steady_clock::now();
  EXPECT_TRUE(exits(tide(args), 0));
  return std::chrono::duration_cast<std::chrono::microseconds>(std::chrono::steady_clock::now() - began);
}

void Effects::finish(const Args& args, int count) {
  const auto began = std::chrono::steady_clock::now();
  EXPECT_TRUE(exits(tide(args), 0));
  EXPECT_LT(std::chrono::steady_clock::now() - began, std::chrono::seconds(4));
  expect_done(count);
}

std::string Effects::history(const char* table) const {
  return std::string(project_.on_postgres() ? "tide." : "tide_") + table;
}

void Effects::expect_true_history() const {
  const std::string applied =
      " FROM " + history("migrations") + " m WHERE m.version = v.version AND m.state = 'applied'";
  EXPECT_EQ(project_.value("SELECT (SELECT count(*) FROM versions v WHERE coalesce((SELECT sum(n) FROM effects e WHERE "
                           "e.version = v.version), 0) <> (SELECT count(*)" +
                           applied +
                           ")) || ' ' || ((SELECT total FROM ledger) - coalesce((SELECT sum(number) FROM versions v "
                           "WHERE EXISTS (SELECT 1" +
                           applied + ")), 0))"),
            "0 0")
      << "effects without a row in the history (or rows without an effect); what the ledger has too much";
}

int Effects::applied() const {
  return std::stoi(project_.value("SELECT count(*) FROM " + history("migrations") + " WHERE state = 'applied'"));
}

std::set<std::string> Effects::applied_versions() const {
  const std::string list = project_.on_postgres() ? "string_agg(version, ' ')" : "group_concat(version, ' ')";
  std::istringstream words(
      project_.value("SELECT " + list + " FROM " + history("migrations") + " WHERE state = 'applied'"));
  return {std::istream_iterator<std::string>(words), {}};
}

void Effects::expect_true_report(const Outcome& outcome, const std::set<std::string>& before) const {
  SCOPED_TRACE(outcome.all());
  std::set<std::string> now = applied_versions();
  std::set<std::string> said = before;
  const Json report = parse_json(outcome.out);
  for (const Json& step : report.value("steps", Json::array())) {
    const std::string state = step.value("state", "");
    if (state == "applied") said.insert(step.value("version", ""));
    if (state == "reverted") said.erase(step.value("version", ""));
    if (state == "failed" && step.value("version", "") == version_of(kWithoutTransaction)) {
      said.erase(version_of(kWithoutTransaction));
      now.erase(version_of(kWithoutTransaction));
    }
  }
  EXPECT_EQ(said, now) << "what the run reported is not what the server has";
  EXPECT_TRUE(lacks(outcome.err, "not known"));
  if (outcome.code == 0) {
    EXPECT_TRUE(now.size() == kAll || now.size() == 1) << now.size();
  } else {
    EXPECT_TRUE(exits(outcome, 3));
  }
}

void Effects::expect_done(int count) const {
  expect_true_history();
  std::string tables = "effects ledger";
  std::string expected;
  for (int number = 1; number <= kAll; ++number) {
    if (number > 1 && number <= count) tables += " t_" + version_of(number);
    expected += (number > 1 ? ", (" : "(") + quoted(version_of(number)) + ", " + (number <= count ? "1" : "0") + ")";
  }
  EXPECT_EQ(project_.tables(), tables + " versions");
  EXPECT_EQ(
      project_.value("WITH v(version, times) AS (VALUES " + expected + ") SELECT count(*) FROM v WHERE times <> (" +
                     net_events() + ") OR times <> (SELECT count(*) FROM " + history("migrations") +
                     " m WHERE m.version = v.version AND m.state = 'applied') OR (times <> coalesce((SELECT "
                     "sum(n) FROM effects e WHERE e.version = v.version), 0) AND version <> '0001')"),
      "0")
      << "migrations whose effects, row and events are not all there, or not only once";
  EXPECT_EQ(project_.value("SELECT count(*) FROM " + history("migrations") + " WHERE state <> 'applied'"), "0");
}

// How often the event log says that v.version was applied and not reverted.
std::string Effects::net_events() const {
  return "SELECT coalesce(sum(CASE event WHEN 'applied' THEN 1 WHEN 'reverted' THEN -1 ELSE 0 END), 0) FROM " +
         history("events") + " e WHERE e.version = v.version";
}

}  // namespace tide::test
