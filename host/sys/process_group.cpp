#include "sys/process_group.h"

#include <signal.h>

#include <algorithm>
#include <string>
#include <vector>

#include "base/text.h"
#include "sys/files.h"
#include "tide/error.h"

namespace tide {
namespace {

// proc(5): the fields behind the command's name, which may hold spaces and parentheses.
constexpr std::size_t kState = 0;
constexpr std::size_t kGroup = 2;

bool is_number(const std::string& name) { return name.find_first_not_of("0123456789") == std::string::npos; }

bool runs_in(const std::string& pid, const std::string& group) {
  std::string text;
  try {
    text = read_file(cat("/proc/", pid, "/stat"));
  } catch (const Error&) {
    return false;  // gone meanwhile
  }
  const std::vector<std::string> fields = split(trim(std::string_view(text).substr(text.rfind(')') + 1)), ' ');
  return fields.size() > kGroup && fields[kGroup] == group && fields[kState] != "Z" && fields[kState] != "X";
}

}  // namespace

bool group_alive(pid_t group) {
  if (::kill(-group, 0) != 0) return false;
  std::vector<DirectoryEntry> entries;
  try {
    entries = list_directory("/proc");
  } catch (const Error&) {
    return true;  // there is nobody to ask
  }
  const std::string number = std::to_string(group);
  return std::any_of(entries.begin(), entries.end(),
                     [&](const DirectoryEntry& entry) { return is_number(entry.name) && runs_in(entry.name, number); });
}

}  // namespace tide
