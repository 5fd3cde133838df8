#include "support/pgbouncer.h"

#include <arpa/inet.h>
#include <sys/socket.h>
#include <unistd.h>

#include <chrono>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <sstream>
#include <stdexcept>
#include <thread>

namespace tide::test {
namespace {

std::string find_program() {
  const char* path = std::getenv("PATH");
  std::istringstream directories(std::string(path != nullptr ? path : "") + ":/usr/sbin:/usr/local/sbin");
  for (std::string directory; std::getline(directories, directory, ':');) {
    const std::string program = directory + "/pgbouncer";
    if (access(program.c_str(), X_OK) == 0) return program;
  }
  return "";
}

bool listens(int port) {
  const int probe = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_port = htons(static_cast<std::uint16_t>(port));
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  const bool answered = connect(probe, reinterpret_cast<sockaddr*>(&address), sizeof address) == 0;
  close(probe);
  return answered;
}

}  // namespace

PgBouncer::PgBouncer(const PgCluster& cluster, PgBouncerOptions options)
    : port_(free_port()), file_(cluster.socket_directory() + "/pgbouncer-" + std::to_string(port_)) {
  std::ofstream ini(file_ + ".ini");
  ini << "[databases]\n* = host=127.0.0.1 port=" << cluster.port() << " user=postgres\n"
      << "[pgbouncer]\nlisten_addr = 127.0.0.1\nlisten_port = " << port_ << "\nunix_socket_dir =\nauth_type = any\n"
      << "logfile = " << file_ << ".log\npool_mode = " << options.pool_mode
      << "\ndefault_pool_size = " << options.pool_size << "\n";
  for (const std::string& line : options.settings) ini << line << "\n";
  ini.close();
  Command command;
  command.argv = {"setpriv", "--pdeathsig", "KILL", find_program(), "-q", file_ + ".ini"};
  command.directory = "/";
  command.timeout = std::chrono::hours(1);
  if (geteuid() == 0) command.user = "postgres";
  process_ = std::make_unique<Process>(command);
  wait_until_it_listens();
}

PgBouncer::~PgBouncer() {
  process_.reset();
  std::error_code ignored;
  for (const char* ending : {".ini", ".log"}) std::filesystem::remove(file_ + ending, ignored);
}

void PgBouncer::wait_until_it_listens() const {
  const auto deadline = std::chrono::steady_clock::now() + std::chrono::seconds(20);
  while (!listens(port_)) {
    if (std::chrono::steady_clock::now() > deadline) throw std::runtime_error("pgbouncer does not listen: " + file_);
    std::this_thread::sleep_for(std::chrono::milliseconds(10));
  }
}

bool PgBouncer::installed() { return !find_program().empty(); }

std::string PgBouncer::url(const std::string& database) const {
  return "postgres://postgres@127.0.0.1:" + std::to_string(port_) + "/" + database;
}

}  // namespace tide::test
