#include "backup/pg_tools.h"

#include <algorithm>
#include <cctype>

#include "base/text.h"
#include "sys/files.h"
#include "tide/error.h"

namespace tide {
namespace {

constexpr std::size_t kLastLines = 5;

std::string install_advice(int major) {
  return cat("install postgresql-client-", major, " (Debian, Ubuntu), postgresql", major,
             " (Red Hat, from PGDG) or postgresql@", major, " (Homebrew)");
}

// "" when it is no program that tells its version.
PgTool asked(const std::string& path) {
  Command command;
  command.argv = {path, "--version"};
  command.inherit_env = true;
  command.env = {{"LC_ALL", "C"}};
  command.timeout_ms = 20000;
  try {
    const std::string version = pg_tool_version(run_command(command).out);
    return {path, version, major_of(version)};
  } catch (const Error& error) {
    if (error.kind == ErrorKind::kInterrupted) throw;
    return {};
  }
}

// Folders named after major versions below `root`, as "root/15/bin".
void add_versioned(const std::string& root, std::string_view prefix, const std::string& name,
                   std::vector<std::string>& paths) {
  if (!is_directory(root)) return;
  for (const DirectoryEntry& entry : list_directory(root)) {
    const std::string path = cat(root, "/", entry.name, "/bin/", name);
    if (starts_with(entry.name, prefix) && is_file(path)) paths.push_back(path);
  }
}

// The server's own major first, so that most often one program is asked.
std::vector<std::string> candidate_paths(const std::string& name, int server_major) {
  std::vector<std::string> paths;
  add_versioned("/usr/lib/postgresql", "", name, paths);
  add_versioned("/usr", "pgsql-", name, paths);
  for (const char* root : {"/opt/homebrew/opt", "/usr/local/opt"}) add_versioned(root, "postgresql@", name, paths);
  const std::string number = cat("/", server_major, "/");
  std::stable_partition(paths.begin(), paths.end(),
                        [&](const std::string& path) { return path.find(number) != std::string::npos; });
  if (const std::string on_path = find_program(name); !on_path.empty()) paths.push_back(on_path);
  return paths;
}

Error too_old(const PgTool& tool, const std::string& name, int server_major) {
  return Error(ErrorKind::kIo, cat(tool.path, " is ", name, " ", tool.version, ", too old for a server of version ",
                                   server_major, ": ", install_advice(server_major)));
}

PgTool named_tool(const std::string& name, int server_major, const std::string& pg_bin) {
  const std::string path = is_directory(pg_bin)        ? cat(pg_bin, "/", name)
                           : base_name(pg_bin) == name ? pg_bin
                                                       : cat(parent_directory(pg_bin), "/", name);
  const PgTool tool = asked(path);
  if (tool.major == 0) {
    throw Error(ErrorKind::kIo, cat(path, " is no ", name, " that could be run; pg_bin is the folder that holds it"));
  }
  if (tool.major < server_major) throw too_old(tool, name, server_major);
  return tool;
}

std::string last_lines(const std::string& text) {
  std::vector<std::string> lines;
  for (const std::string& line : split(text, '\n')) {
    const std::string_view kept = trim(line);
    // what --verbose says of its progress is no reason
    if (!kept.empty() && kept.find(": error: ") != kept.npos) lines.emplace_back(kept);
  }
  if (lines.empty()) lines = split(trim(text), '\n');
  if (lines.size() > kLastLines) lines.erase(lines.begin(), lines.end() - kLastLines);
  return join(lines, "\n");
}

}  // namespace

std::string pg_tool_version(const std::string& text) {
  constexpr std::string_view kMark = "(PostgreSQL) ";
  const std::size_t at = text.find(kMark);
  if (at == std::string::npos) return "";
  const std::string rest = text.substr(at + kMark.size());
  return std::string(trim(rest.substr(0, rest.find_first_of(" \n"))));
}

int major_of(const std::string& version) {
  std::size_t digits = 0;
  while (digits < version.size() && digits < 4 && std::isdigit(static_cast<unsigned char>(version[digits]))) ++digits;
  return digits == 0 ? 0 : std::stoi(version.substr(0, digits));
}

std::size_t best_tool(const std::vector<PgTool>& tools, int server_major) {
  std::size_t best = std::string::npos;
  for (std::size_t i = 0; i < tools.size(); ++i) {
    if (tools[i].major < server_major) continue;
    if (best == std::string::npos || tools[i].major < tools[best].major) best = i;
  }
  return best;
}

PgTool find_pg_tool(const std::string& name, int server_major, const std::string& pg_bin) {
  if (!pg_bin.empty()) return named_tool(name, server_major, pg_bin);
  std::vector<PgTool> tools;
  for (const std::string& path : candidate_paths(name, server_major)) {
    PgTool tool = asked(path);
    if (tool.major == server_major) return tool;
    if (tool.major > 0) tools.push_back(std::move(tool));
  }
  if (tools.empty()) {
    throw Error(ErrorKind::kIo, cat("there is no ", name, " on this machine: ", install_advice(server_major)));
  }
  const std::size_t best = best_tool(tools, server_major);
  if (best == std::string::npos) throw too_old(tools.front(), name, server_major);
  return tools[best];
}

CommandResult run_pg_tool(const PgTool& tool, const std::vector<std::string>& arguments,
                          const std::vector<std::pair<std::string, std::string>>& env,
                          const std::function<void(OutputStream, std::string_view)>& on_output) {
  Command command;
  command.argv = {tool.path};
  command.argv.insert(command.argv.end(), arguments.begin(), arguments.end());
  command.inherit_env = true;
  command.env = env;
  command.env.emplace_back("LC_ALL", "C");
  command.on_output = on_output;
  CommandResult result = run_command(command);
  if (result.ok()) return result;
  const std::string end =
      result.signal != 0 ? cat("was ended by signal ", result.signal) : cat("failed with exit code ", result.code);
  const std::string said = last_lines(result.err);
  throw Error(ErrorKind::kIo, cat(base_name(tool.path), " ", end, said.empty() ? "" : cat(": ", said)));
}

}  // namespace tide
