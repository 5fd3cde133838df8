#include "sys/process_streams.h"

#include <fcntl.h>
#include <sys/eventfd.h>
#include <sys/mman.h>
#include <unistd.h>

#include <cerrno>
#include <string_view>

#include "sys/files.h"
#include "sys/os_error.h"
#include "tide/error.h"

namespace tide {
namespace {

Descriptor above_standard(int fd, std::string_view verb, const std::string& path) {
  Descriptor held(fd);
  if (held && fd <= STDERR_FILENO) held = Descriptor(::fcntl(fd, F_DUPFD_CLOEXEC, STDERR_FILENO + 1));
  if (!held) throw os_error(verb, path, errno);
  return held;
}

// A file in memory: unlike a pipe it needs nobody to fill it while the program writes, and breaks when nobody reads.
Descriptor open_text(std::string_view text) {
  const std::string name = "standard input";
  Descriptor file = above_standard(::memfd_create(name.c_str(), MFD_CLOEXEC), "create", name);
  while (!text.empty()) {
    const ssize_t put = ::write(file.get(), text.data(), text.size());
    if (put < 0 && errno == EINTR) continue;
    if (put < 0) throw os_error("write", name, errno);
    text.remove_prefix(static_cast<std::size_t>(put));
  }
  if (::lseek(file.get(), 0, SEEK_SET) != 0) throw os_error("rewind", name, errno);
  return file;
}

}  // namespace

Pipe open_pipe() {
  int ends[2];
  if (::pipe2(ends, O_CLOEXEC) != 0) throw os_error("open", "a pipe", errno);
  Descriptor read(ends[0]), write(ends[1]);
  read = above_standard(read.release(), "open", "a pipe");
  write = above_standard(write.release(), "open", "a pipe");
  return {std::move(read), std::move(write)};
}

Descriptor open_input(const Command& command) {
  if (!command.stdin_text.empty() && !command.stdin_file.empty()) {
    throw Error(ErrorKind::kUsage, "a command reads a text or a file, not both");
  }
  if (!command.stdin_text.empty()) return open_text(command.stdin_text);
  const std::string path = command.stdin_file.empty() ? "/dev/null" : command.stdin_file;
  if (is_directory(path)) throw os_error("read", path, EISDIR);
  return above_standard(::open(path.c_str(), O_RDONLY | O_CLOEXEC), "read", path);
}

Descriptor open_output_file(const std::string& path) {
  return above_standard(::open(path.c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0666), "write", path);
}

Descriptor open_wake() { return above_standard(::eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK), "create", "an event"); }

}  // namespace tide
