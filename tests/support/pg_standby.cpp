#include "support/pg_standby.h"

#include <pwd.h>
#include <unistd.h>

#include <chrono>
#include <stdexcept>
#include <thread>

namespace tide::test {
namespace {

// As the user that the cluster runs as.
Command as_server_user(std::vector<std::string> argv) {
  Command command;
  command.argv = std::move(argv);
  command.directory = "/";
  command.timeout = std::chrono::hours(1);
  if (geteuid() == 0) command.user = getpwnam("postgres") != nullptr ? "postgres" : "nobody";
  return command;
}

}  // namespace

PgStandby::PgStandby(const PgCluster& primary) : port_(free_port()) {
  copy(primary);
  const std::string data = directory_ / "data";
  server_ =
      std::make_unique<Process>(as_server_user({"setpriv", "--pdeathsig", "INT", primary.bin_directory() + "/postgres",
                                                "-D", data, "-p", std::to_string(port_), "-k", data}));
  wait_until_it_answers(primary);
}

std::string PgStandby::url(const std::string& database) const {
  return "postgres://postgres@127.0.0.1:" + std::to_string(port_) + "/" + database;
}

void PgStandby::copy(const PgCluster& primary) const {
  if (const passwd* user = geteuid() == 0 ? getpwnam(as_server_user({}).user.c_str()) : nullptr) {
    if (chown(directory_.path().c_str(), user->pw_uid, user->pw_gid) != 0) throw std::runtime_error("chown");
  }
  const Outcome copied = run(as_server_user({primary.bin_directory() + "/pg_basebackup", "-h", "127.0.0.1", "-p",
                                             std::to_string(primary.port()), "-U", "postgres", "-D",
                                             directory_ / "data", "-R", "-X", "stream", "-c", "fast", "--no-sync"}));
  if (copied.code != 0) throw std::runtime_error("pg_basebackup: " + copied.all());
}

void PgStandby::wait_until_it_answers(const PgCluster& primary) const {
  const auto deadline = std::chrono::steady_clock::now() + std::chrono::seconds(30);
  while (run(as_server_user({primary.bin_directory() + "/pg_isready", "-h", "127.0.0.1", "-p", std::to_string(port_)}))
             .code != 0) {
    if (std::chrono::steady_clock::now() > deadline) throw std::runtime_error("the standby does not answer");
    std::this_thread::sleep_for(std::chrono::milliseconds(50));
  }
}

}  // namespace tide::test
