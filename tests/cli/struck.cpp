#include "cli/struck.h"

#include <algorithm>
#include <csignal>
#include <filesystem>
#include <regex>

namespace tide::test {

namespace fs = std::filesystem;

void make_struck(const Project& project, const std::string& name) {
  fs::create_directories(project.path("lib"));
  for (const char* file : {"strike.lua", "struck.lua"}) {
    fs::copy_file(std::string(TIDE_SOURCE_DIR) + "/tests/support/" + file, project.path("lib/") + file,
                  fs::copy_options::overwrite_existing);
  }
  const std::string script = "scripts/" + name + ".lua", original = "original_" + name;
  fs::rename(project.path(script), project.path("lib/" + original + ".lua"));
  project.write(script, "return require 'struck' (require '" + original + "')\n");
}

void strike(const Project& project, const std::string& point, bool raise) {
  project.write("strike", point + (raise ? "!" : ""));
}

void calm(const Project& project) { project.remove("strike"); }

std::vector<std::string> points_of(const Outcome& run, const std::vector<std::string>& kinds) {
  static const std::regex kPassed("at point <([0-9.]+ ([a-z]+))>");
  std::vector<std::string> points;
  for (std::sregex_iterator at(run.err.begin(), run.err.end(), kPassed), end; at != end; ++at) {
    const std::string point = (*at)[1];
    const bool is_wanted = std::find(kinds.begin(), kinds.end(), (*at)[2]) != kinds.end();
    if (is_wanted && std::find(points.begin(), points.end(), point) == points.end()) points.push_back(point);
  }
  return points;
}

testing::AssertionResult is_killed(const Outcome& outcome) {
  if (outcome.signal == SIGKILL) return testing::AssertionSuccess();
  return testing::AssertionFailure() << "not killed, exit code " << outcome.code << ": " << outcome.err;
}

void kill_at_each(const Project& project, const std::vector<std::string>& points, const RunWith& run, Arm arm) {
  if (!arm) arm = [&](const std::string& point) { strike(project, point); };
  Args how;
  for (const std::string& point : points) {
    SCOPED_TRACE(point);
    arm(point);
    ASSERT_TRUE(is_killed(run(how)));
    ASSERT_FALSE(project.has("strike")) << "killed at another point";
    how = {"--resume"};
  }
  EXPECT_TRUE(exits(run(how), 0));
}

}  // namespace tide::test
