#include "repl/state_files.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>

#include "base/text.h"
#include "cli/session.h"
#include "sys/descriptor.h"
#include "sys/digest.h"
#include "sys/files.h"

namespace tide {
namespace {

constexpr std::size_t kEntries = 5000;
constexpr std::size_t kLongestEntry = 64 * 1024;

std::string escape(std::string_view entry) {
  std::string line;
  for (const char c : entry) {
    if (c == '\n') {
      line += "\\n";
    } else {
      if (c == '\\') line += c;
      line += c;
    }
  }
  return line;
}

std::string unescape(std::string_view line) {
  std::string entry;
  for (std::size_t i = 0; i < line.size(); ++i) {
    if (line[i] != '\\' || i + 1 == line.size()) {
      entry += line[i];
    } else {
      entry += line[++i] == 'n' ? '\n' : line[i];
    }
  }
  return entry;
}

}  // namespace

std::string state_directory(const Session& session) {
  const std::string given = session.variable("XDG_STATE_HOME").value_or("");
  if (!given.empty() && given.front() == '/') return cat(given, "/tide");
  const std::string home = session.variable("HOME").value_or("");
  return home.empty() ? "" : cat(home, "/.local/state/tide");
}

void append_private(const std::string& path, std::string_view text) {
  make_directories(parent_directory(path));
  const Descriptor file(::open(path.c_str(), O_WRONLY | O_APPEND | O_CREAT | O_CLOEXEC, S_IRUSR | S_IWUSR));
  const bool written = file.get() >= 0 && ::write(file.get(), text.data(), text.size()) == ssize_t(text.size());
  if (!written) throw Error(ErrorKind::kIo, cat(path, " cannot be written: ", std::strerror(errno)));
}

InputHistory::InputHistory(Session& session) : session_(session) {
  const std::string directory = state_directory(session);
  if (directory.empty()) return;
  const std::string key = sha256_hex(session.project().dir).substr(0, 12);
  path_ = cat(directory, "/history/", session.environment().name, "-", key);
  load();
}

void InputHistory::load() {
  try {
    if (!is_file(path_)) return;
    for (const std::string& line : split(read_file(path_), '\n')) {
      if (!line.empty()) entries_.push_back(unescape(line));
    }
  } catch (const Error& error) {
    session_.say(cat("warning: the history of this prompt cannot be read: ", error.message));
    path_.clear();
  }
  if (entries_.size() > kEntries) entries_.erase(entries_.begin(), entries_.end() - kEntries);
}

void InputHistory::add(const std::string& entry) {
  if (path_.empty() || entry.size() > kLongestEntry) return;
  try {
    append_private(path_, escape(session_.redacted(entry)) + "\n");
  } catch (const Error& error) {
    session_.say(cat("warning: this session's input is not kept: ", error.message));
    path_.clear();
  }
}

}  // namespace tide
