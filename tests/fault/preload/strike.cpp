// For LD_PRELOAD. Counts what the process does to the files of one SQLite database (dev.db and what stands beside it),
// and kills the process right before number TIDE_STRIKE_AT (0: never); a write is done up to its middle first when
// TIDE_STRIKE_TORN is 1. At a regular end the count stands in the file TIDE_STRIKE_COUNT.

#include <dlfcn.h>
#include <signal.h>
#include <sys/types.h>
#include <unistd.h>

#include <atomic>
#include <cstdio>
#include <cstdlib>
#include <cstring>

namespace {

std::atomic<int> seen{0};

int number(const char* variable) {
  const char* text = std::getenv(variable);
  return text != nullptr ? std::atoi(text) : 0;
}

template <class Function>
Function real(const char* name) {
  return reinterpret_cast<Function>(dlsym(RTLD_NEXT, name));
}

bool is_database(const char* path) {
  const char* slash = std::strrchr(path, '/');
  const char* name = slash != nullptr ? slash + 1 : path;
  return std::strncmp(name, "dev.db", 6) == 0 && std::strstr(name, "-tide-lock") == nullptr;
}

bool is_database(int fd) {
  char link[64], path[4096];
  std::snprintf(link, sizeof link, "/proc/self/fd/%d", fd);
  const ssize_t length = readlink(link, path, sizeof path - 1);
  if (length <= 0) return false;
  path[length] = '\0';
  return is_database(path);
}

bool is_the_one() {
  static const int chosen = number("TIDE_STRIKE_AT");
  return ++seen == chosen;
}

void strike() { kill(getpid(), SIGKILL); }

void strike_before(bool database) {
  if (database && is_the_one()) strike();
}

using PositionedWrite = ssize_t (*)(int, const void*, std::size_t, off_t);

ssize_t write_or_strike(const char* name, int fd, const void* bytes, std::size_t size, off_t offset) {
  const auto next = real<PositionedWrite>(name);
  if (is_database(fd) && is_the_one()) {
    if (number("TIDE_STRIKE_TORN") == 1) next(fd, bytes, size / 2, offset);
    strike();
  }
  return next(fd, bytes, size, offset);
}

struct AtEnd {
  ~AtEnd() {
    const char* path = std::getenv("TIDE_STRIKE_COUNT");
    std::FILE* out = path != nullptr ? std::fopen(path, "w") : nullptr;
    if (out == nullptr) return;
    std::fprintf(out, "%d\n", seen.load());
    std::fclose(out);
  }
} at_end;

}  // namespace

extern "C" {

ssize_t pwrite(int fd, const void* bytes, std::size_t size, off_t offset) {
  return write_or_strike("pwrite", fd, bytes, size, offset);
}
ssize_t pwrite64(int fd, const void* bytes, std::size_t size, off64_t offset) {
  return write_or_strike("pwrite64", fd, bytes, size, offset);
}
int fsync(int fd) {
  strike_before(is_database(fd));
  return real<int (*)(int)>("fsync")(fd);
}
int fdatasync(int fd) {
  strike_before(is_database(fd));
  return real<int (*)(int)>("fdatasync")(fd);
}
int ftruncate(int fd, off_t length) noexcept {
  strike_before(is_database(fd));
  return real<int (*)(int, off_t)>("ftruncate")(fd, length);
}
int ftruncate64(int fd, off64_t length) noexcept {
  strike_before(is_database(fd));
  return real<int (*)(int, off64_t)>("ftruncate64")(fd, length);
}
int unlink(const char* path) noexcept {
  strike_before(is_database(path));
  return real<int (*)(const char*)>("unlink")(path);
}

}  // extern "C"
