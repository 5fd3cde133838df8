#include "sys/process_program.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <system_error>

#include "base/text.h"
#include "sys/files.h"
#include "tide/error.h"

namespace tide {
namespace {

constexpr std::string_view kDefaultPath = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin";
constexpr std::array<std::string_view, 8> kPassedOn = {"PATH",   "HOME", "USER", "LOGNAME",
                                                       "TMPDIR", "TZ",   "LANG", "LC_"};

bool is_passed_on(std::string_view name) {
  return std::any_of(kPassedOn.begin(), kPassedOn.end(), [&](std::string_view known) {
    return ends_with(known, "_") ? starts_with(name, known) : name == known;
  });
}

std::string_view name_of(std::string_view variable) { return variable.substr(0, variable.find('=')); }

void check_text(std::string_view text, std::string_view what) {
  if (text.find('\0') == std::string_view::npos) return;
  throw Error(ErrorKind::kUsage, cat(what, " has a NUL byte in it, which no program can be given"));
}

void check_name(const std::string& name) {
  check_text(name, "a variable's name");
  if (!name.empty() && name.find('=') == std::string::npos) return;
  throw Error(ErrorKind::kUsage, cat("\"", name, "\" cannot be a variable's name"));
}

std::vector<std::string> environment_of(const Command& command) {
  std::vector<std::string> variables;
  for (char** entry = environ; entry != nullptr && *entry != nullptr; ++entry) {
    const std::string_view name = name_of(*entry);
    const bool replaced =
        std::any_of(command.env.begin(), command.env.end(), [&](const auto& given) { return given.first == name; });
    if (!replaced && (command.inherit_env || is_passed_on(name))) variables.emplace_back(*entry);
  }
  for (const auto& [name, value] : command.env) {
    check_name(name);
    check_text(value, cat("the variable ", name));
    variables.push_back(cat(name, "=", value));
  }
  return variables;
}

std::string path_in(const std::vector<std::string>& variables) {
  for (const std::string& variable : variables) {
    if (name_of(variable) == "PATH") return variable.substr(5);
  }
  return std::string(kDefaultPath);
}

Descriptor open_directory(const std::string& path, const std::string& program) {
  if (path.empty()) return Descriptor();
  check_text(path, "a working directory");
  Descriptor directory(::open(path.c_str(), O_PATH | O_DIRECTORY | O_CLOEXEC));
  if (directory && ::faccessat(directory.get(), ".", X_OK, 0) == 0) return directory;
  throw Error(ErrorKind::kIo,
              cat("cannot run ", program, " in \"", path, "\": ", std::generic_category().message(errno)));
}

// 0 when it can be executed, else why not.
int executable(int directory, const std::string& path) {
  const int from = directory < 0 ? AT_FDCWD : directory;
  struct stat about {};
  if (::fstatat(from, path.c_str(), &about, 0) != 0) return errno;
  if (!S_ISREG(about.st_mode)) return S_ISDIR(about.st_mode) ? EISDIR : EACCES;
  return ::faccessat(from, path.c_str(), X_OK, 0) == 0 ? 0 : errno;
}

struct Found {
  std::string path;
  int code = ENOENT;
};

// As a shell looks: what may not be executed does not count while the search goes on.
Found search(int directory, const std::string& program, const std::string& path) {
  Found best{program};
  for (const std::string& folder : split(path, ':')) {
    const std::string candidate = cat(folder.empty() ? "." : folder, "/", program);
    const int code = executable(directory, candidate);
    if (code == 0) return {candidate, 0};
    if (code == EACCES) best = {candidate, code};
  }
  return best;
}

Found look_up(int directory, const std::string& program, const std::string& path) {
  if (program.find('/') == std::string::npos) return search(directory, program, path);
  return {program, executable(directory, program)};
}

Error not_found(const std::string& program, const std::string& path) {
  if (program.find('/') != std::string::npos)
    return {ErrorKind::kIo, cat("the program \"", program, "\" is not there")};
  return {ErrorKind::kIo, cat("the program \"", program, "\" was not found; PATH is ", path)};
}

}  // namespace

Program find_program_of(const Command& command) {
  if (command.argv.empty() || command.argv[0].empty()) throw Error(ErrorKind::kUsage, "a command needs a program");
  for (const std::string& argument : command.argv) check_text(argument, "an argument");
  const std::string& name = command.argv[0];
  Program program{"", environment_of(command), open_directory(command.cwd, name)};
  const std::string path = path_in(program.environment);
  Found found = look_up(program.directory.get(), name, path);
  if (found.code == ENOENT || found.code == ENOTDIR) throw not_found(name, path);
  if (found.code != 0) throw cannot_start(found.path, found.code);
  program.path = std::move(found.path);
  return program;
}

Error cannot_start(const std::string& program, int code) {
  const std::string reason = code == ENOENT    ? "the interpreter that it names is not there"
                             : code == ENOEXEC ? "it is neither a program nor a script that begins with #!"
                             : code == EACCES  ? "it may not be executed (permission denied)"
                                               : std::generic_category().message(code);
  return {ErrorKind::kIo, cat("cannot run \"", program, "\": ", reason)};
}

std::string find_program(const std::string& program) {
  if (program.empty() || program.find('\0') != std::string::npos) return "";
  const Found found = look_up(-1, program, path_in(environment_of({})));
  return found.code == 0 ? absolute_path(found.path, real_path(".")) : "";
}

}  // namespace tide
