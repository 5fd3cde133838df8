#include "runbooks/deployed_app.h"

#include <filesystem>
#include <sstream>

#include "support/pg_cluster.h"

namespace tide::test {

DeployedApp::DeployedApp(const std::string& folder, std::vector<std::string> runbooks, const std::string& seed)
    : Production(folder, std::move(runbooks), "app_server", ".application"), scratch_(folder + "_scratch") {
  shared_cluster().create_database(scratch_);
  if (!seed.empty()) this->seed(seed);
  keep_database();
  reset();
}

DeployedApp::~DeployedApp() { shared_cluster().drop_database(scratch_); }

void DeployedApp::reset() {
  start_again();
  std::string settings = project().read("tide.toml");
  const std::string scripts = "\"..\"";
  settings.replace(settings.find(scripts), scripts.size(), "\"scripts\"");
  project().write("tide.toml", settings);
  make_repository("origin", "node_modules/\n*.db\n");
  std::filesystem::create_directories(project().path(".standins/remote"));
  git({"clone", "-q", home() + "/origin.git", project().path(".standins/remote/backend")});
  git({"push", "-q", "origin", "main"});
}

std::string DeployedApp::scratch_url() const { return shared_cluster().url(scratch_); }

int DeployedApp::calls(const std::string& command) const {
  int count = 0;
  for (const char* log :
       {".standins/calls", ".standins/remote/.standins/calls", ".standins/remote/backend/.standins/calls"}) {
    if (!project().has(log)) continue;
    std::istringstream lines(project().read(log));
    for (std::string line; std::getline(lines, line);) {
      std::string words;
      for (const auto& word : Json::parse(line)) words += word.get<std::string>() + " ";
      count += words.rfind(command + " ", 0) == 0 ? 1 : 0;
    }
  }
  return count;
}

void DeployedApp::commit_and_push(const std::string& what) const {
  commit(what);
  git({"push", "-q", "origin", "main"});
}

}  // namespace tide::test
