#include "cli/project.h"

#include <sqlite3.h>
#include <unistd.h>

#include <filesystem>
#include <memory>
#include <stdexcept>

#include "support/pg_cluster.h"

namespace tide::test {
namespace {

namespace fs = std::filesystem;

std::string fresh_database_name() {
  static int made = 0;
  return "cli_" + std::to_string(getpid()) + "_" + std::to_string(++made);
}

std::string sqlite_value(const std::string& path, const std::string& sql) {
  if (!fs::exists(path)) return "";
  sqlite3* raw = nullptr;
  const int opened = sqlite3_open_v2(path.c_str(), &raw, SQLITE_OPEN_READWRITE, nullptr);
  const std::unique_ptr<sqlite3, int (*)(sqlite3*)> db(raw, sqlite3_close);
  if (opened != SQLITE_OK) throw std::runtime_error(path + ": " + sqlite3_errmsg(raw));
  sqlite3_busy_timeout(raw, 5000);
  sqlite3_stmt* statement = nullptr;
  const int prepared = sqlite3_prepare_v2(raw, sql.c_str(), -1, &statement, nullptr);
  const std::unique_ptr<sqlite3_stmt, int (*)(sqlite3_stmt*)> closing(statement, sqlite3_finalize);
  if (prepared != SQLITE_OK) throw std::runtime_error(sql + ": " + sqlite3_errmsg(raw));
  if (sqlite3_step(statement) != SQLITE_ROW || sqlite3_column_type(statement, 0) == SQLITE_NULL) return "";
  return reinterpret_cast<const char*>(sqlite3_column_text(statement, 0));
}

const char* kSqliteTables =
    "SELECT group_concat(name, ' ') FROM (SELECT name FROM sqlite_master WHERE type = 'table' "
    "AND name NOT GLOB 'sqlite_*' AND name NOT GLOB 'tide_*' ORDER BY name)";
const char* kPostgresTables =
    "SELECT string_agg(tablename, ' ' ORDER BY tablename COLLATE \"C\") FROM pg_tables "
    "WHERE schemaname NOT IN ('pg_catalog', 'information_schema', 'tide')";

}  // namespace

Project::Project(Engine engine) : engine_(engine) {
  if (engine == Engine::kSqlite) {
    database_ = files_ / "dev.db";
    url_ = "sqlite:dev.db";
  } else {
    database_ = fresh_database_name();
    url_ = shared_cluster().create_database(database_);
  }
  write("tide.toml", "default_env = \"dev\"\n\n[env.dev]\nurl = \"" + url_ + "\"\n");
  fs::create_directories(files_ / "migrations");
}

Project::~Project() {
  if (engine_ != Engine::kPostgres) return;
  try {
    shared_cluster().drop_database(database_);
  } catch (const std::exception& error) {
    ADD_FAILURE() << "the test's database was not dropped: " << error.what();
  }
}

void Project::remove(const std::string& name) const { fs::remove_all(path(name)); }

bool Project::has(const std::string& name) const { return fs::exists(path(name)); }

std::string Project::path(const std::string& name) const { return name.empty() ? files_.path() : files_ / name; }

Command Project::command(const Args& args, const Env& env) const {
  Command command;
  command.argv = {TIDE_BINARY};
  command.argv.insert(command.argv.end(), args.begin(), args.end());
  command.env = env;
  command.directory = files_.path();
  return command;
}

Json Project::json(Args args) const {
  args.emplace_back("--json");
  const Outcome outcome = tide(args);
  SCOPED_TRACE(outcome.err);
  return parse_json(outcome.out);
}

std::string Project::value(const std::string& sql) const {
  return on_postgres() ? shared_cluster().value(database_, sql) : sqlite_value(database_, sql);
}

std::string Project::tables() const { return value(on_postgres() ? kPostgresTables : kSqliteTables); }

std::string Project::applied() const {
  std::string versions;
  for (const auto& entry : json({"status"}).value("applied", Json::array())) {
    if (!versions.empty()) versions += ' ';
    versions += entry.value("version", "?");
  }
  return versions;
}

std::string creates(const std::string& name) {
  return sql_migration("CREATE TABLE " + name + " (n integer)", "DROP TABLE " + name);
}

std::string sql_migration(const std::string& up, const std::string& down) {
  return "return {\n  up = function(db) db:execute [==[" + up + "]==] end,\n  down = function(db) db:execute [==[" +
         down + "]==] end,\n}\n";
}

std::string lua_migration(const std::string& up_body) {
  return "return {\n  up = function(db)\n" + up_body + "\n  end,\n  down = function(db) end,\n}\n";
}

Json parse_json(const std::string& text) {
  Json document = Json::parse(text, nullptr, false);
  if (document.is_discarded()) {
    ADD_FAILURE() << "not one JSON document: <" << text << ">";
    return Json::object();
  }
  return document;
}

testing::AssertionResult exits(const Outcome& outcome, int code) {
  if (outcome.code == code) return testing::AssertionSuccess();
  auto failure = testing::AssertionFailure() << "exit code " << outcome.code << ", expected " << code;
  if (outcome.signal != 0) failure << " (signal " << outcome.signal << ")";
  if (outcome.timed_out) failure << " (timed out)";
  return failure << "\nstdout: <" << outcome.out << ">\nstderr: <" << outcome.err << ">";
}

testing::AssertionResult contains(const std::string& text, const std::string& part) {
  if (text.find(part) != std::string::npos) return testing::AssertionSuccess();
  return testing::AssertionFailure() << "no <" << part << "> in <" << text << ">";
}

testing::AssertionResult lacks(const std::string& text, const std::string& part) {
  if (text.find(part) == std::string::npos) return testing::AssertionSuccess();
  return testing::AssertionFailure() << "<" << part << "> stands in <" << text << ">";
}

void PrintTo(Engine engine, std::ostream* out) { *out << (engine == Engine::kSqlite ? "Sqlite" : "Postgres"); }

std::string engine_name(const testing::TestParamInfo<Engine>& info) { return testing::PrintToString(info.param); }

}  // namespace tide::test
