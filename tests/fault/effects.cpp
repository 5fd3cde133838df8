#include "fault/effects.h"

#include <chrono>

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
  if (proxy != nullptr) {
    std::string url = project_.url();
    const std::string port = ":" + std::to_string(shared_cluster().port()) + "/";
    url.replace(url.find(port), port.size(), ":" + std::to_string(proxy->port()) + "/");
    args.insert(args.end(), {"--url", url});
  }
  return project_.command(args);
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
  EXPECT_EQ(project_.value("SELECT count(*) FROM versions v WHERE coalesce((SELECT sum(n) FROM effects e WHERE "
                           "e.version = v.version), 0) <> (SELECT count(*)" +
                           applied + ")"),
            "0")
      << "an effect without its row in the history, or a row without its effect";
  EXPECT_EQ(project_.value("SELECT (SELECT total FROM ledger) - coalesce((SELECT sum(number) FROM versions v WHERE "
                           "EXISTS (SELECT 1" +
                           applied + ")), 0)"),
            "0")
      << "the ledger is not the sum of what the history says";
}

int Effects::applied() const {
  return std::stoi(project_.value("SELECT count(*) FROM " + history("migrations") + " WHERE state = 'applied'"));
}

void Effects::expect_done(int count) const {
  expect_true_history();
  EXPECT_EQ(applied(), count);
  std::string tables = "effects ledger";
  for (int number = 2; number <= count; ++number) tables += " t_" + version_of(number);
  EXPECT_EQ(project_.tables(), tables + " versions");
  const std::string unfinished = "SELECT count(*) FROM " + history("migrations") + " WHERE state <> 'applied'";
  EXPECT_EQ(project_.value(unfinished), "0");
  for (int number = 2; number <= kAll; ++number) {
    const std::string version = quoted(version_of(number));
    const std::string expected = number <= count ? "1" : "0";
    EXPECT_EQ(project_.value("SELECT coalesce(sum(n), 0) FROM effects WHERE version = " + version), expected)
        << version;
    EXPECT_EQ(
        project_.value("SELECT coalesce(sum(CASE event WHEN 'applied' THEN 1 WHEN 'reverted' THEN -1 ELSE 0 END), "
                       "0) FROM " +
                       history("events") + " WHERE version = " + version),
        expected)
        << version;
  }
}

}  // namespace tide::test
