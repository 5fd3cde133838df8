#pragma once

#include <gtest/gtest.h>

#include <map>
#include <nlohmann/json.hpp>
#include <string>
#include <vector>

#include "support/process.h"
#include "support/temp_dir.h"

namespace tide::test {

using Json = nlohmann::json;
using Args = std::vector<std::string>;
using Env = std::map<std::string, std::string>;

enum class Engine { kSqlite, kPostgres };

// A project in a directory of its own (tide.toml with [env.dev], an empty migrations/) and an empty database for it.
class Project {
 public:
  explicit Project(Engine engine = Engine::kSqlite);
  ~Project();
  Project(const Project&) = delete;
  Project& operator=(const Project&) = delete;

  std::string write(const std::string& name, const std::string& text) const { return files_.write(name, text); }
  void remove(const std::string& name) const;
  bool has(const std::string& name) const;
  std::string read(const std::string& name) const { return files_.read(name); }
  std::string path(const std::string& name = "") const;
  const std::string& url() const { return url_; }
  const std::string& database() const { return database_; }  // its name in the cluster, or its file
  Engine engine() const { return engine_; }
  bool on_postgres() const { return engine_ == Engine::kPostgres; }

  // The command that runs `tide` with these arguments in the project's folder.
  Command command(const Args& args, const Env& env = {}) const;
  Outcome tide(const Args& args, const Env& env = {}) const { return run(command(args, env)); }
  // The document that `tide ... --json` writes; a failure of the test when it is not one JSON document.
  Json json(Args args) const;

  // Straight from the database, past the program under test. "" is also NULL and no row.
  std::string value(const std::string& sql) const;
  std::string tables() const;   // the application's, sorted: "a b c"
  std::string applied() const;  // versions that `status --json` calls applied: "1 2 3"

 private:
  Engine engine_;
  TempDir files_;
  std::string database_;
  std::string url_;
};

// A migration that creates table `name` (one integer column n) and drops it again.
std::string creates(const std::string& name);
// A migration that runs `up` and `down` as SQL.
std::string sql_migration(const std::string& up, const std::string& down = "SELECT 1");
// A migration whose `up` is this Lua.
std::string lua_migration(const std::string& up_body);

// The document in `text`; a failure of the test when there is none, or more than one.
Json parse_json(const std::string& text);

testing::AssertionResult exits(const Outcome& outcome, int code);
testing::AssertionResult contains(const std::string& text, const std::string& part);
testing::AssertionResult lacks(const std::string& text, const std::string& part);

// The base of the suites that must hold on both engines.
class OnEngine : public testing::TestWithParam<Engine> {
 protected:
  Project project{GetParam()};
};

void PrintTo(Engine engine, std::ostream* out);
std::string engine_name(const testing::TestParamInfo<Engine>& info);

#define TIDE_ON_BOTH_ENGINES(suite)                                                                     \
  INSTANTIATE_TEST_SUITE_P(Engines, suite,                                                              \
                           testing::Values(tide::test::Engine::kSqlite, tide::test::Engine::kPostgres), \
                           tide::test::engine_name)

}  // namespace tide::test
