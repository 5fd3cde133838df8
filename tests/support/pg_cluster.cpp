#include "support/pg_cluster.h"

#include <arpa/inet.h>
#include <fcntl.h>
#include <grp.h>
#include <pwd.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cerrno>
#include <chrono>
#include <cstdint>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <stdexcept>
#include <system_error>
#include <thread>

namespace tide::test {
namespace {

namespace fs = std::filesystem;

[[noreturn]] void fail(const std::string& what) { throw std::system_error(errno, std::generic_category(), what); }

std::string newest_installed() {
  int newest = 0;
  std::error_code none;
  for (const auto& entry : fs::directory_iterator("/usr/lib/postgresql", none)) {
    const int version = atoi(entry.path().filename().c_str());
    if (version > newest && fs::exists(entry.path() / "bin" / "initdb")) newest = version;
  }
  if (newest > 0) return "/usr/lib/postgresql/" + std::to_string(newest) + "/bin";
  std::string found;
  if (FILE* pipe = popen("pg_config --bindir", "r")) {
    for (int c = fgetc(pipe); c != EOF && c != '\n'; c = fgetc(pipe)) found.push_back(static_cast<char>(c));
    pclose(pipe);
  }
  if (!fs::exists(found + "/initdb")) throw std::runtime_error("no PostgreSQL server (initdb) is installed");
  return found;
}

std::string server_directory() {
  const char* chosen = getenv("TIDE_PG_BIN");
  return chosen != nullptr && *chosen != '\0' ? chosen : newest_installed();
}

// A packaged server may come without its client.
std::string psql_for(const std::string& bin) {
  return (fs::exists(bin + "/psql") ? bin : newest_installed()) + "/psql";
}

// The server refuses to run as root.
const passwd* server_user() {
  if (geteuid() != 0) return nullptr;
  for (const char* name : {"postgres", "nobody"}) {
    if (const passwd* user = getpwnam(name)) return user;
  }
  throw std::runtime_error("root needs a user postgres or nobody to run the server as");
}

// Memory when there is plenty: a new database is some 8 MB of files, and a slow disk takes half a second for them.
std::string fresh_directory() {
  constexpr auto kPlenty = std::uintmax_t{8} << 30;
  struct statvfs memory {};
  const bool plenty = statvfs("/dev/shm", &memory) == 0 && access("/dev/shm", W_OK) == 0 &&
                      std::uintmax_t{memory.f_bavail} * memory.f_frsize > kPlenty;
  std::string directory = plenty ? "/dev/shm/tide-pg-XXXXXX" : "/tmp/tide-pg-XXXXXX";
  if (mkdtemp(directory.data()) == nullptr) fail(directory);
  return directory;
}

std::vector<char*> argument_list(const std::vector<std::string>& command) {
  std::vector<char*> list;
  for (const auto& word : command) list.push_back(const_cast<char*>(word.c_str()));
  list.push_back(nullptr);
  return list;
}

std::string read_all(int fd) {
  std::string text;
  char buffer[4096];
  for (ssize_t n = 0; (n = read(fd, buffer, sizeof buffer)) > 0;) text.append(buffer, static_cast<std::size_t>(n));
  close(fd);
  return text;
}

}  // namespace

int free_port() {
  const int probe = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  socklen_t size = sizeof address;
  if (bind(probe, reinterpret_cast<sockaddr*>(&address), size) != 0) fail("bind");
  getsockname(probe, reinterpret_cast<sockaddr*>(&address), &size);
  close(probe);
  return ntohs(address.sin_port);
}

PgCluster::PgCluster(PgClusterOptions options) : options_(std::move(options)), bin_(server_directory()) {
  directory_ = fresh_directory();
  data_ = directory_ + "/data";
  port_ = free_port();
  watch();
  try {
    initialise();
    start();
  } catch (...) {
    end();
    throw;
  }
}

PgCluster::~PgCluster() { end(); }

// The shell reads from a pipe whose other end only this process has: it wakes up when the process ends, however that
// happens. It is also the ordinary way to remove the cluster.
void PgCluster::watch() {
  int ends[2];
  if (pipe2(ends, O_CLOEXEC) != 0) fail("pipe");
  const std::string script = "trap '' INT TERM HUP; read _; kill -QUIT $(head -n 1 '" + data_ +
                             "/postmaster.pid'); for i in 1 2 3 4 5 6 7 8 9; do rm -rf '" + directory_ +
                             "' && break; sleep 0.1; done";
  watchdog_ = fork();
  if (watchdog_ < 0) fail("fork");
  if (watchdog_ == 0) {
    setsid();
    const int null = open("/dev/null", O_RDWR);
    dup2(ends[0], STDIN_FILENO);
    dup2(null, STDOUT_FILENO);
    dup2(null, STDERR_FILENO);
    execl("/bin/sh", "sh", "-c", script.c_str(), nullptr);
    _exit(127);
  }
  close(ends[0]);
  lifeline_ = ends[1];
}

void PgCluster::end() noexcept {
  if (lifeline_ < 0) return;
  close(lifeline_);
  lifeline_ = -1;
  waitpid(watchdog_, nullptr, 0);
}

void PgCluster::initialise() {
  if (const passwd* user = server_user()) {
    if (chown(directory_.c_str(), user->pw_uid, user->pw_gid) != 0) fail(directory_);
  }
  chmod(directory_.c_str(), 0755);
  std::vector<std::string> command = {bin_ + "/initdb",
                                      "-N",
                                      "--wal-segsize=1",
                                      "-U",
                                      "postgres",
                                      "-E",
                                      "UTF8",
                                      "--locale=C",
                                      "-D",
                                      data_,
                                      "-A",
                                      options_.password.empty() ? "trust" : "scram-sha-256"};
  const std::string password_file = directory_ + "/password";
  if (!options_.password.empty()) {
    std::ofstream(password_file) << options_.password << "\n";
    command.push_back("--pwfile=" + password_file);
  }
  run(command);
  std::ofstream conf(data_ + "/postgresql.conf", std::ios::app);
  conf << "listen_addresses = '127.0.0.1'\nport = " << port_ << "\nunix_socket_directories = '" << directory_
       << "'\nfsync = off\nsynchronous_commit = off\nfull_page_writes = off\nshared_buffers = 32MB\n"
       << "max_prepared_transactions = 5\nautovacuum = off\n";
  for (const auto& line : options_.settings) conf << line << "\n";
}

void PgCluster::start() { run({bin_ + "/pg_ctl", "start", "-w", "-s", "-D", data_, "-l", directory_ + "/log"}); }

void PgCluster::stop() { run({bin_ + "/pg_ctl", "stop", "-w", "-s", "-m", "fast", "-D", data_}); }

void PgCluster::restart() {
  stop();
  start();
}

void PgCluster::crash() {
  run({bin_ + "/pg_ctl", "stop", "-w", "-s", "-m", "immediate", "-D", data_});
  start();
}

void PgCluster::terminate(int backend_pid) {
  if (kill(backend_pid, SIGTERM) != 0) fail("kill " + std::to_string(backend_pid));
  const auto deadline = std::chrono::steady_clock::now() + std::chrono::seconds(10);
  while (kill(backend_pid, 0) == 0) {
    if (std::chrono::steady_clock::now() > deadline) throw std::runtime_error("the backend does not end");
    std::this_thread::sleep_for(std::chrono::milliseconds(2));
  }
}

std::string PgCluster::url(const std::string& database) const {
  const std::string user = options_.password.empty() ? "postgres" : "postgres:" + options_.password;
  return "postgres://" + user + "@127.0.0.1:" + std::to_string(port_) + "/" + database;
}

std::string PgCluster::socket_url(const std::string& database) const {
  const std::string password = options_.password.empty() ? "" : "&password=" + options_.password;
  return "postgres:///" + database + "?host=" + directory_ + "&port=" + std::to_string(port_) + "&user=postgres" +
         password;
}

std::string PgCluster::log() const {
  std::ifstream in(directory_ + "/log", std::ios::binary);
  return {std::istreambuf_iterator<char>(in), {}};
}

std::string PgCluster::create_database() { return create_database("db" + std::to_string(++made_)); }

std::string PgCluster::create_database(const std::string& name) {
  value("postgres", "CREATE DATABASE \"" + name + "\"");
  return url(name);
}

void PgCluster::drop_database(const std::string& name) {
  value("postgres", "DROP DATABASE IF EXISTS \"" + name + "\" WITH (FORCE)");
}

void PgCluster::copy_database(const std::string& from, const std::string& to) {
  drop_database(to);
  value("postgres", "CREATE DATABASE \"" + to + "\" TEMPLATE \"" + from + "\"");
}

std::string PgCluster::value(const std::string& database, const std::string& sql) const {
  std::string out = run({psql_for(bin_), "-XAqt", "-v", "ON_ERROR_STOP=1", "-c", sql, socket_url(database)});
  if (!out.empty() && out.back() == '\n') out.pop_back();
  return out;
}

// Runs a command as the server's user and returns its output; a failing exit raises with what it said.
std::string PgCluster::run(const std::vector<std::string>& command) const {
  int ends[2];
  if (pipe2(ends, O_CLOEXEC) != 0) fail("pipe");
  const passwd* user = server_user();
  std::vector<char*> arguments = argument_list(command);
  const pid_t child = fork();
  if (child < 0) fail("fork");
  if (child == 0) {
    dup2(ends[1], STDOUT_FILENO);
    dup2(ends[1], STDERR_FILENO);
    if (user != nullptr && (setgroups(0, nullptr) != 0 || setgid(user->pw_gid) != 0 || setuid(user->pw_uid) != 0)) {
      _exit(126);
    }
    if (chdir("/") == 0) execv(arguments[0], arguments.data());
    _exit(127);
  }
  close(ends[1]);
  std::string out = read_all(ends[0]);
  int status = 0;
  waitpid(child, &status, 0);
  if (status != 0) throw std::runtime_error(command[0] + " failed: " + out);
  return out;
}

PgCluster& shared_cluster() {
  static PgCluster cluster;
  return cluster;
}

}  // namespace tide::test
