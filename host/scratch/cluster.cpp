#include "scratch/cluster.h"

#include <pwd.h>
#include <unistd.h>

#include <cerrno>

#include "backup/pg_tools.h"
#include "base/text.h"
#include "sys/files.h"
#include "sys/interrupt.h"
#include "sys/os_error.h"
#include "sys/process.h"
#include "tide/error.h"

namespace tide {
namespace {

constexpr const char* kPort = "5432";  // of the socket's name; there is no TCP
constexpr const char* kData = "/data";
constexpr const char* kLog = "/log";
constexpr std::int64_t kLookMs = 5;
constexpr std::size_t kSocketPathLimit = 107;  // sockaddr_un
constexpr std::size_t kLogLines = 6;

// What a rehearsal does not need to survive is off; durations are those of a server that does not wait for its disk.
// Shared memory stands in the folder, and goes with it.
constexpr const char* kSettings[] = {"fsync=off",
                                     "synchronous_commit=off",
                                     "full_page_writes=off",
                                     "autovacuum=off",
                                     "wal_init_zero=off",
                                     "wal_recycle=off",
                                     "dynamic_shared_memory_type=mmap",
                                     "max_wal_size=4GB",
                                     "checkpoint_timeout=1h",
                                     "shared_buffers=128MB",
                                     "max_connections=30",
                                     "listen_addresses=",
                                     "logging_collector=off",
                                     "max_locks_per_transaction=512"};

Error not_installed(int major, const std::string& found) {
  return Error(ErrorKind::kIo, cat("a scratch server needs PostgreSQL ", major, " itself (initdb) on this machine, ",
                                   found.empty() ? "and there is none" : cat("and there is only ", found),
                                   ": install postgresql-", major, " (Debian, Ubuntu), postgresql", major,
                                   "-server (Red Hat, from PGDG) or postgresql@", major, " (Homebrew)"))
      .advise("tide rehearse --server URL   uses a server that runs already, for a database that is dropped again");
}

PgTool find_initdb(int major, const std::string& pg_bin) {
  PgTool tool;
  try {
    tool = find_pg_tool("initdb", major, pg_bin);
  } catch (const Error& error) {
    if (error.kind == ErrorKind::kInterrupted) throw;
    throw not_installed(major, "");
  }
  if (tool.major != major) throw not_installed(major, cat(tool.path, " (", tool.version, ")"));
  return tool;
}

// The server refuses to run as root.
const passwd* server_user() {
  if (::geteuid() != 0) return nullptr;
  for (const char* name : {"postgres", "nobody"}) {
    if (const passwd* user = ::getpwnam(name)) return user;
  }
  throw Error(ErrorKind::kIo, "PostgreSQL does not run as root, and there is no user postgres or nobody to run it as");
}

std::vector<std::string> as_user(const passwd* user, std::vector<std::string> argv) {
  if (user == nullptr) return argv;
  const std::string setpriv = find_program("setpriv");
  if (setpriv.empty()) {
    throw Error(ErrorKind::kIo, "PostgreSQL does not run as root: run tide as another user, or install setpriv");
  }
  std::vector<std::string> out = {setpriv, cat("--reuid=", user->pw_uid), cat("--regid=", user->pw_gid),
                                  "--clear-groups", "--"};
  out.insert(out.end(), argv.begin(), argv.end());
  return out;
}

void give_to(const passwd* user, const std::string& path) {
  if (user != nullptr && ::chown(path.c_str(), user->pw_uid, user->pw_gid) != 0) {
    throw os_error("give to the server's user", path, errno);
  }
}

std::string job_text(const std::string& bin, const std::string& folder, const passwd* user) {
  const std::string data = folder + kData;
  const std::string log = shell_quoted(folder + kLog);
  const std::vector<std::string> make = {cat(bin, "/initdb"),
                                         "-N",
                                         "--auth=trust",
                                         "--encoding=UTF8",
                                         "--locale=C",
                                         "--wal-segsize=4",
                                         cat("--username=", ScratchCluster::kSuperuser),
                                         cat("--pgdata=", data)};
  std::vector<std::string> serve = {cat(bin, "/postgres"), "-D", data, "-k", folder, "-p", kPort};
  for (const char* setting : kSettings) serve.insert(serve.end(), {"-c", setting});
  return cat("umask 077\n", command_text(as_user(user, make)), " >", log, " 2>&1 && ",
             command_text(as_user(user, serve)), " >>", log, " 2>&1\n");
}

// initdb's servers have such a file too, and take it away again at any moment.
bool says_ready(const std::string& pid_file) {
  try {
    return read_file(pid_file).find("\nready") != std::string::npos;
  } catch (const Error&) {
    return false;
  }
}

}  // namespace

ScratchCluster::ScratchCluster(int major, const std::string& pg_bin) {
  const PgTool initdb = find_initdb(major, pg_bin);
  version_ = initdb.version;
  if (cat(folder(), "/.s.PGSQL.", kPort).size() > kSocketPathLimit) {
    throw Error(ErrorKind::kIo, cat("no socket can be made in ", folder(), ", whose path is too long"))
        .advise("set TMPDIR to a folder with a shorter path");
  }
  const passwd* user = server_user();
  give_to(user, folder());
  folder_.start(job_text(parent_directory(initdb.path), folder(), user));
  wait_until_ready();
}

ConnectionInfo ScratchCluster::address(const std::string& user) const {
  ConnectionInfo info;
  info.engine = "postgres";
  info.version = version_;
  info.host = folder();
  info.port = kPort;
  info.user = user;
  return info;
}

// The postmaster says in its own file that it takes sessions.
void ScratchCluster::wait_until_ready() const {
  const std::string pid_file = cat(folder(), kData, "/postmaster.pid");
  for (;; sleep_ms(kLookMs)) {
    if (interrupted()) throw Error(ErrorKind::kInterrupted, "interrupted");
    if (!folder_.job_runs()) throw failed("the scratch server did not start");
    if (says_ready(pid_file)) return;
  }
}

Error ScratchCluster::failed(const std::string& what) const {
  Error error(ErrorKind::kIo, what);
  const std::string path = folder() + kLog;
  std::vector<std::string> lines = is_file(path) ? split(trim(read_file(path)), '\n') : std::vector<std::string>();
  if (lines.size() > kLogLines) lines.erase(lines.begin(), lines.end() - kLogLines);
  error.detail = join(lines, "\n");
  return error.advise("tide rehearse --server URL   uses a server that runs already");
}

}  // namespace tide
