#include <csignal>
#include <cstdlib>

#include "cli/app.h"
#include "sys/interrupt.h"

namespace {

std::optional<std::string> process_variable(const std::string& name) {
  const char* value = std::getenv(name.c_str());
  return value ? std::optional<std::string>(value) : std::nullopt;
}

}  // namespace

int main(int argc, char** argv) {
  std::signal(SIGPIPE, SIG_IGN);
  tide::install_interrupt_handlers();
  return tide::run_app({argv + 1, argv + argc}, process_variable, stdout, stderr);
}
