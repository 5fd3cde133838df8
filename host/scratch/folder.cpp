#include "scratch/folder.h"

#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <chrono>
#include <cstdlib>
#include <ctime>
#include <random>

#include "backup/tree.h"
#include "base/text.h"
#include "sys/files.h"
#include "sys/os_error.h"
#include "sys/process.h"
#include "sys/process_identity.h"
#include "sys/process_program.h"
#include "sys/process_streams.h"
#include "tide/error.h"

namespace tide {
namespace {

using Clock = std::chrono::steady_clock;

constexpr std::string_view kPrefix = "tide-scratch-";
constexpr const char* kLock = "/lock";
constexpr const char* kJob = "/job";
constexpr const char* kEnded = "/ended";
constexpr int kMakingS = 60;
constexpr auto kPatience = std::chrono::seconds(60);
constexpr useconds_t kLookUs = 2000;

std::string temporary_root() {
  const char* chosen = std::getenv("TMPDIR");
  return chosen != nullptr && *chosen != '\0' ? real_path(chosen) : "/tmp";
}

std::string new_path() {
  std::random_device random;
  return cat(temporary_root(), "/", kPrefix, random(), "-", random());
}

void make_folder(const std::string& path) {
  if (::mkdir(path.c_str(), 0700) != 0) throw os_error("create the folder", path, errno);
}

// The job waits for the first line, and everything of it is in the shell's group; PostgreSQL's SIGQUIT is the fast end
// without a shutdown. A program that has not come so far as to listen for it ignores it, so it is sent until the job
// has ended. A file that is being made while its folder is removed is why that is tried again.
std::string keeper_script(const std::string& path) {
  return cat("cd / && started= && folder=", shell_quoted(path), R"(
read -r line && started=yes && { ( . "$folder/job"; echo $? >"$folder/ended" ) & read -r line; }
trap '' QUIT
tries=0
while [ "$started" ] && [ ! -e "$folder/ended" ] && [ $tries -lt 1000 ]; do
  kill -QUIT 0; sleep 0.02; tries=$((tries + 1))
done
wait
for again in 1 2 3 4 5; do rm -rf "$folder" && break; sleep 0.2; done
)");
}

// A folder without a lock, and a lock that nobody has written to, are in the making for a while.
bool is_in_the_making(const struct stat& about) { return std::time(nullptr) - about.st_mtime < kMakingS; }

// Ours, and nobody's any more.
bool is_stale(const std::string& path) {
  struct stat folder {};
  struct stat lock {};
  if (::lstat(path.c_str(), &folder) != 0 || !S_ISDIR(folder.st_mode)) return false;
  if (::lstat((path + kLock).c_str(), &lock) != 0) return folder.st_uid == ::geteuid() && !is_in_the_making(folder);
  if (lock.st_uid != ::geteuid() || (lock.st_size == 0 && is_in_the_making(lock))) return false;
  return FileLock(path + kLock).try_lock("");
}

}  // namespace

// Whoever removes it is there before it is.
ScratchFolder::ScratchFolder() {
  sweep_scratch_folders();
  path_ = new_path();
  try {
    spawn(keeper_script(path_));
    make_folder(path_);
    lock_ = std::make_unique<FileLock>(path_ + kLock);
    lock_->try_lock(own_process_identity());
  } catch (...) {
    end();
    throw;
  }
}

ScratchFolder::~ScratchFolder() { end(); }

void ScratchFolder::spawn(const std::string& script) {
  Command shell;
  shell.argv = {"/bin/sh", "-c", script};
  Pipe line = open_pipe();
  Descriptor nothing = open_output_file("/dev/null");
  shell_ = Child(find_program_of(shell), shell.argv, {line.read.get(), nothing.get(), nothing.get()});
  lifeline_ = std::move(line.write);
}

void ScratchFolder::start(const std::string& job) {
  write_file(path_ + kJob, job);
  if (::write(lifeline_.get(), "go\n", 3) != 3) throw os_error("start a job in", path_, errno);
}

bool ScratchFolder::job_runs() const { return !is_file(path_ + kEnded); }

void ScratchFolder::end() noexcept {
  lifeline_ = Descriptor();
  try {
    for (const auto deadline = Clock::now() + kPatience; shell_.running() && Clock::now() < deadline;) {
      if (!shell_.look_for_end()) ::usleep(kLookUs);
    }
  } catch (const Error&) {
    // its end cannot be learned; the next one sweeps
  }
  remove_tree(path_);
  lock_.reset();
}

int sweep_scratch_folders() {
  int removed = 0;
  const std::string root = temporary_root();
  for (const DirectoryEntry& entry : list_directory(root)) {
    if (!starts_with(entry.name, kPrefix)) continue;
    const std::string path = cat(root, "/", entry.name);
    try {
      if (!is_stale(path)) continue;
      remove_tree(path);
      ++removed;
    } catch (const Error&) {
      continue;  // another user's, or gone meanwhile
    }
  }
  return removed;
}

}  // namespace tide
