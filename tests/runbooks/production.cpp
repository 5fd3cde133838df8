#include "runbooks/production.h"

#include <chrono>
#include <cstdlib>
#include <filesystem>
#include <stdexcept>

#include "support/pg_cluster.h"

namespace tide::test {
namespace {

namespace fs = std::filesystem;

const std::string kSource = TIDE_SOURCE_DIR;

// Of every table of the application its name, the number of rows and a digest of them, whatever their order. Of the
// table HISTORY a row is ROW(COLUMNS).
constexpr const char* kContents = R"sql(
SELECT coalesce(string_agg(E'\n' || nspname || '.' || relname || ' ' || (xpath('/row/said/text()', query_to_xml(format(
  'SELECT count(*) || '' '' || coalesce(md5(string_agg(said, '','' ORDER BY said)), '''') AS said
   FROM (SELECT (%s)::text AS said FROM %I.%I the_row) each',
  CASE WHEN relname = 'HISTORY' THEN 'ROW(COLUMNS)' ELSE 'the_row' END, nspname, relname), false, true, '')))[1]::text,
  '' ORDER BY nspname, relname), '')
FROM pg_class JOIN pg_namespace n ON n.oid = relnamespace
WHERE relkind = 'r' AND nspname !~ '^(pg_.*|information_schema|tide)$')sql";

std::string must(const Outcome& outcome, const char* what) {
  if (outcome.code != 0) throw std::runtime_error(std::string(what) + ": " + outcome.all());
  return outcome.out.substr(0, outcome.out.find_last_not_of('\n') + 1);
}

void clear(const std::string& folder) {
  for (const auto& entry : fs::directory_iterator(folder)) fs::remove_all(entry.path());
}

std::string made(const std::string& folder) {
  fs::create_directories(folder);
  return folder;
}

std::string replaced(std::string text, const std::string& what, const std::string& by) {
  return text.replace(text.find(what), what.size(), by);
}

}  // namespace

Production::Production(std::string folder, std::vector<std::string> runbooks, const std::string& server,
                       std::string state)
    : folder_(std::move(folder)),
      runbooks_(std::move(runbooks)),
      state_(std::move(state)),
      server_(server, made(home_ / state_)),
      url_("http://127.0.0.1:" + this->state("port")) {}

Production::~Production() {
  if (!kept_.empty()) shared_cluster().drop_database(kept_);
}

std::string Production::state(const std::string& name) const {
  return has_state(name) ? home_.read(state_ + "/" + name) : "";
}

bool Production::has_state(const std::string& name) const { return fs::exists(home_ / (state_ + "/" + name)); }

void Production::no_state(const std::string& name) const { fs::remove(home_ / (state_ + "/" + name)); }

void Production::insert(const std::string& file, const std::string& place, const std::string& text) const {
  std::string all = project_.read(file);
  const std::size_t at = all.find(place);
  if (at == std::string::npos) throw std::runtime_error(file + " has no <" + place + ">");
  project_.write(file, all.insert(at + place.size(), text));
}

std::string Production::git(Args args, const std::string& folder) const {
  args.insert(args.begin(), {"git", "-c", "user.name=Ann", "-c", "user.email=ann@app.test"});
  return must(test::run({std::move(args), {{"HOME", home()}}, folder.empty() ? project_.path() : folder}), "git");
}

void Production::commit(const std::string& what) const {
  git({"add", "-A"});
  git({"commit", "-q", "--allow-empty", "-m", what});
}

void Production::make_repository(const std::string& remote, const std::string& ignored) const {
  project_.write(".gitignore", ".tide/\n.standins/\nbackups/\nstrike\n" + ignored);
  git({"init", "-q", "-b", "main"});
  git({"init", "-q", "--bare", "-b", "main", home_ / (remote + ".git")});
  git({"remote", "add", remote, home_ / (remote + ".git")});
  commit("deployed");
  git({"push", "-q", remote, "main"});
  commit("to be deployed");
}

void Production::write_files() const {
  fs::copy(kSource + "/scripts/" + folder_, project_.path(), fs::copy_options::recursive);
  for (const std::string& name : runbooks_) {
    fs::create_directories(project_.path("scripts"));
    fs::copy_file(kSource + "/scripts/" + name + ".lua", project_.path("scripts/" + name + ".lua"));
    make_struck(project_, name);
  }
}

void Production::start_again() const {
  clear(project_.path());
  clear(home());
  fs::create_directories(home_ / state_);
  write_files();
  if (!kept_.empty()) shared_cluster().copy_database(kept_, database());
}

Env Production::env(const Env& more) const {
  Env env = {{"HOME", home()},
             {"PATH", kSource + "/tests/support/standins:" + shared_cluster().bin_directory() + ":" +
                          fs::path(TIDE_BINARY).parent_path().string() + ":" + std::getenv("PATH")}};
  for (const Env* each : {&environment_, &more}) {
    for (const auto& [name, value] : *each) env[name] = value;
  }
  return env;
}

Outcome Production::tide(Args args, const Env& more) const {
  args.insert(args.end(), {"--confirm", "production"});
  Command command = project_.command(args, env(more));
  command.timeout = std::chrono::minutes(3);
  return test::run(std::move(command));
}

Outcome Production::run(const std::string& runbook, Args more, const Env& more_env) const {
  Args args = {"run", runbook, "--yes"};
  for (const std::string& input : inputs_) args.insert(args.end(), {"--set", input});
  return tide(with(std::move(args), more), more_env);
}

void Production::seed(const std::string& file) const {
  must(test::run({{shared_cluster().bin_directory() + "/psql", "-X", "-q", "-v", "ON_ERROR_STOP=1", "-v",
                   "FOLDER=" + kSource + "/scripts/" + folder_, "-f", kSource + "/tests/support/seeds/" + file,
                   project_.url()}}),
       "the seed");
}

void Production::keep_database() {
  kept_ = database() + "_kept";
  shared_cluster().copy_database(database(), kept_);
}

std::string Production::database_state(const std::string& history, const std::string& columns) const {
  const Outcome schema = tide({"snapshot"});
  EXPECT_TRUE(exits(schema, 0));
  return schema.out + sql(replaced(replaced(kContents, "'HISTORY'", "'" + history + "'"), "COLUMNS", columns));
}

Args with(Args args, const Args& more) {
  args.insert(args.end(), more.begin(), more.end());
  return args;
}

void expect_refused(const Outcome& outcome, const std::vector<std::string>& parts) {
  EXPECT_TRUE(exits(outcome, 6));
  for (const std::string& part : parts) EXPECT_TRUE(contains(outcome.err, part));
}

}  // namespace tide::test
