#include "support/python_server.h"

#include <chrono>
#include <stdexcept>

namespace tide::test {
namespace {

Command command_of(const std::string& name, const std::string& folder) {
  Command command{{"python3", "-B", std::string(TIDE_SOURCE_DIR) + "/tests/support/" + name + ".py", folder}};
  command.timeout = std::chrono::hours(1);
  return command;
}

}  // namespace

PythonServer::PythonServer(const std::string& name, const std::string& folder) : process_(command_of(name, folder)) {
  if (!process_.wait_for("ready\n")) throw std::runtime_error(name + ".py does not start: " + process_.wait().all());
}

}  // namespace tide::test
