#include "sys/process_identity.h"

#include <unistd.h>

#include <array>
#include <cerrno>
#include <csignal>
#include <vector>

#include "base/text.h"
#include "sys/files.h"
#include "tide/error.h"

namespace tide {
namespace {

// proc(5): the fields after the command's name, which may hold spaces and parentheses, begin with the state.
constexpr std::size_t kState = 0;
constexpr std::size_t kStartTime = 19;

// Not so in a namespace of processes that has no /proc of its own: there it is missing, or shows others.
bool proc_shows_us() {
  std::array<char, 32> self{};
  const ssize_t length = ::readlink("/proc/self", self.data(), self.size());
  return length > 0 && std::string_view(self.data(), static_cast<std::size_t>(length)) == std::to_string(::getpid());
}

// Without a start time it is the number alone.
std::string signalled(const std::string& pid) {
  const bool there = ::kill(std::stoi(pid), 0) == 0 || errno == EPERM;
  return there ? cat(pid, ".0") : "";
}

// "" when there is no such process, or only what is left of it until its parent has asked.
std::string identity_of(const std::string& pid) {
  if (!proc_shows_us()) return signalled(pid);
  std::string text;
  try {
    text = read_file(cat("/proc/", pid, "/stat"));
  } catch (const Error&) {
    return "";
  }
  std::vector<std::string> fields = split(trim(std::string_view(text).substr(text.rfind(')') + 1)), ' ');
  if (fields.size() <= kStartTime || fields[kState] == "Z" || fields[kState] == "X") return "";
  return cat(pid, ".", fields[kStartTime]);
}

}  // namespace

std::string own_process_identity() { return identity_of(std::to_string(::getpid())); }

bool process_alive(const std::string& identity) {
  std::string pid = identity.substr(0, identity.find('.'));
  if (pid.empty() || pid.size() > 9 || pid.find_first_not_of("0123456789") != std::string::npos) return false;
  return identity_of(pid) == identity;
}

}  // namespace tide
