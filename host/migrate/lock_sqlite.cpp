#include <unistd.h>

#include <ctime>

#include "base/text.h"
#include "migrate/lock_methods.h"
#include "sys/file_lock.h"
#include "sys/files.h"
#include "tide/error.h"

namespace tide {
namespace {

std::string now_utc() {
  std::time_t now = std::time(nullptr);
  std::tm parts{};
  ::gmtime_r(&now, &parts);
  char text[sizeof "2026-11-20T06:48:42Z"];
  std::strftime(text, sizeof text, "%Y-%m-%dT%H:%M:%SZ", &parts);
  return text;
}

class DatabaseFileLock : public MigratorLock::Method {
 public:
  DatabaseFileLock(const std::string& path, const LockOptions& options)
      : lock_(path),
        line_(cat("process ", ::getpid(), " of ", options.who, " on ", options.host, " (run ", options.run, ", since ",
                  now_utc(), ")")) {}

  bool try_lock() override { return lock_.try_lock(line_); }
  std::string holder() override { return lock_.holder_line(); }
  bool held() override { return true; }  // for as long as the descriptor is open

 private:
  FileLock lock_;
  std::string line_;
};

}  // namespace

std::unique_ptr<MigratorLock::Method> file_lock(const std::string& database, const LockOptions& options) {
  try {
    return std::make_unique<DatabaseFileLock>(cat(real_path(database), "-tide-lock"), options);
  } catch (const Error& error) {
    Error refused(ErrorKind::kLock, cat("one migrator at a time cannot be ensured: ", error.message));
    refused.cause = std::make_shared<Error>(error);
    throw refused;
  }
}

}  // namespace tide
