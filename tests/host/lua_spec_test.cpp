#include <gtest/gtest.h>

#include <algorithm>
#include <cstdlib>
#include <filesystem>
#include <functional>
#include <lua.hpp>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "base/text.h"
#include "lua/session.h"
#include "lua/state.h"
#include "support/databases.h"
#include "support/http_server.h"
#include "sys/files.h"

// Runs tests/lua/*_spec.lua in the product's own Lua. A spec returns { ["what must be true"] = function(db) ... end }:
// each function is a test, run for both engines on a fresh database. Functions in a table `postgres` or `sqlite` run
// for that engine only, those in `alone` once, because they use no database. provider_*_spec.lua find the stand-ins of
// tests/support/standins on their PATH.
namespace tide::test {
namespace {

const std::string kSpecs = std::string(TIDE_SOURCE_DIR) + "/tests/lua";

struct Spec {
  std::string path;
  std::string group;  // "", "postgres", "sqlite", "alone"
  std::string name;
  std::string engine;
};

// The stand-ins for other people's programs come first on the PATH, for the specs of the modules that run those.
class StandInsOnPath {
 public:
  StandInsOnPath() : before_(getenv("PATH")) {
    setenv("PATH", (std::string(TIDE_SOURCE_DIR) + "/tests/support/standins:" + before_).c_str(), 1);
  }
  ~StandInsOnPath() { setenv("PATH", before_.c_str(), 1); }
  StandInsOnPath(const StandInsOnPath&) = delete;
  StandInsOnPath& operator=(const StandInsOnPath&) = delete;

 private:
  std::string before_;
};

class SpecRun {
 public:
  explicit SpecRun(const std::string& engine) : database_(engine) {
    namespace fs = std::filesystem;
    fs::copy(kSpecs + "/project", directory_.path(), fs::copy_options::recursive);
    LuaOptions options;
    options.project_dir = directory_.path();
    options.library_dir = directory_ / "lib";
    // db:connect "same": another session with this database
    options.connect = [this](const std::string& where) {
      return open_connection(where == "same" ? database_.url() : where);
    };
    options.inputs = inputs();
    lua_ = std::make_unique<LuaState>(std::move(options));
  }

  void run(const Spec& spec) {
    lua_State* L = lua_->raw();
    std::optional<StandInsOnPath> stand_ins;
    if (starts_with(base_name(spec.path), "provider_")) stand_ins.emplace();
    if (starts_with(base_name(spec.path), "http_")) write_server_module();
    lua_->load("tests/lua/" + base_name(spec.path), read_file(spec.path)).push();
    lua_->call(0, 1);
    if (!spec.group.empty()) lua_getfield(L, -1, spec.group.c_str());
    lua_getfield(L, -1, spec.name.c_str());
    std::shared_ptr<Connection> connection = database_.connect();
    const ScopedSession session(L, connection);
    lua_->call(1, 0);
    EXPECT_EQ(connection->transaction_state(), TransactionState::kIdle) << "the spec left a transaction open";
  }

 private:
  // require "http_server" starts the server and says where it is.
  void write_server_module() const {
    const HttpServer& server = shared_http_server();
    directory_.write("lib/http_server.lua", server.lua());
    for (const char* file : {"ca.pem", "client.pem", "client.key"}) {
      directory_.write(file, read_file(server.file(file)));
    }
  }

  using Known = std::map<std::string, std::string>;
  static std::function<std::optional<std::string>(const std::string&)> found_in(const Known& known) {
    return [known](const std::string& name) {
      const auto found = known.find(name);
      return found == known.end() ? std::nullopt : std::optional<std::string>(found->second);
    };
  }
  // What tests/lua/inputs_spec.lua says of them; there is nobody to ask.
  static ScriptInputs inputs() {
    ScriptInputs inputs;
    inputs.variable = found_in({{"LUNA", "moon"}});
    inputs.given = found_in({{"region", "eu"}, {"level", "9"}});
    inputs.secret = [](const std::string& name) -> std::string {
      if (name == "token") return "t-0123456789";
      throw Error(ErrorKind::kConfig, "there is no secret '" + name + "'");
    };
    return inputs;
  }

  TempDir directory_;
  TestDatabase database_;
  std::unique_ptr<LuaState> lua_;
};

class SpecTest : public testing::Test {
 public:
  explicit SpecTest(Spec spec) : spec_(std::move(spec)) {}
  void TestBody() override {
    try {
      SpecRun(spec_.engine).run(spec_);
    } catch (const Error& error) {
      ADD_FAILURE() << error.file << ":" << error.line << ": " << error.message << "\n" << error.traceback;
    }
  }

 private:
  Spec spec_;
};

void append_names(lua_State* L, const Spec& spec, std::vector<Spec>& specs) {
  for (lua_pushnil(L); lua_next(L, -2) != 0; lua_pop(L, 1)) {
    Spec found = spec;
    found.name = lua_tostring(L, -2);
    if (lua_istable(L, -1)) {
      found.group = found.name;
      append_names(L, found, specs);
    } else if (found.group.empty()) {
      for (const char* engine : {kPostgres, kSqlite}) specs.push_back({found.path, "", found.name, engine});
    } else {
      specs.push_back({found.path, found.group, found.name, found.group == kPostgres ? kPostgres : kSqlite});
    }
  }
}

std::vector<Spec> specs_of(const std::string& path) {
  const std::string lib = kSpecs + "/project/lib";
  LuaOptions options;
  options.project_dir = kSpecs;
  options.library_dir = lib;
  LuaState lua(std::move(options));
  lua.load(path, read_file(path)).push();
  lua.call(0, 1);
  std::vector<Spec> specs;
  append_names(lua.raw(), {path, "", "", ""}, specs);
  return specs;
}

void register_spec(const Spec& spec) {
  std::string name = spec.name;
  std::replace_if(
      name.begin(), name.end(), [](unsigned char c) { return std::isalnum(c) == 0; }, '_');
  const std::string suite = base_name(spec.path).substr(0, base_name(spec.path).size() - 4) + "/" +
                            (spec.group == "alone" ? "alone" : spec.engine);
  testing::RegisterTest(suite.c_str(), name.c_str(), nullptr, nullptr, spec.path.c_str(), 1,
                        [spec]() -> SpecTest* { return new SpecTest(spec); });
}

// A file that cannot be read is a test that fails.
void register_file(const std::string& path) {
  try {
    for (const Spec& spec : specs_of(path)) register_spec(spec);
  } catch (const Error&) {
    register_spec({path, "", "loads", kSqlite});
  }
}

const bool kRegistered = [] {
  std::vector<std::string> files;
  for (const auto& entry : list_directory(kSpecs)) {
    if (entry.name.size() > 9 && entry.name.substr(entry.name.size() - 9) == "_spec.lua") {
      files.push_back(kSpecs + "/" + entry.name);
    }
  }
  std::sort(files.begin(), files.end());
  for (const auto& file : files) register_file(file);
  return true;
}();

TEST(LuaSpecs, are_found) { EXPECT_TRUE(kRegistered && list_directory(kSpecs).size() > 5); }

}  // namespace
}  // namespace tide::test
