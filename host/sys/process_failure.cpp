#include <signal.h>
#include <string.h>

#include "base/lines.h"
#include "base/text.h"
#include "sys/process.h"

namespace tide {
namespace {

constexpr std::size_t kLastLines = 20;
constexpr std::size_t kLastBytes = 4096;

// What a program gets that writes to one that has ended: the other one may have failed, or have had enough.
bool lost_its_reader(const CommandResult& result) { return result.signal == SIGPIPE; }

std::string last_words(const CommandResult& result) {
  const std::string said = last_lines(result.err, kLastLines, kLastBytes);
  return said.empty() ? last_lines(result.out, kLastLines, kLastBytes) : said;
}

std::string limit_text(const Command& command, const CommandResult& result) {
  return result.timed_out ? cat(" (", human_duration(static_cast<double>(command.timeout_ms)), ")") : "";
}

}  // namespace

std::string signal_name(int number) {
  const char* name = ::sigabbrev_np(number);
  return name == nullptr ? cat("signal ", number) : cat("SIG", std::string_view(name));
}

std::string end_text(const CommandResult& result) {
  if (result.timed_out) return "took longer than its timeout and was ended";
  if (result.signal != 0) return cat("was ended by ", signal_name(result.signal));
  return cat("exited with code ", result.code);
}

std::size_t failed_command(const std::vector<CommandResult>& results) {
  std::size_t found = results.size();
  for (std::size_t i = results.size(); i-- > 0;) {
    if (results[i].ok()) continue;
    if (!lost_its_reader(results[i])) return i;
    if (found == results.size()) found = i;
  }
  return found;
}

Error commands_failed(const std::vector<Command>& commands, const std::vector<CommandResult>& results) {
  const std::size_t at = failed_command(results);
  const CommandResult& result = results[at];
  const std::string name = commands.size() == 1 ? "" : cat(" in `", pipeline_text(commands), "`");
  Error error(ErrorKind::kIo, cat("`", command_text(commands[at].argv), "` ", end_text(result),
                                  limit_text(commands[at], result), name));
  error.detail = last_words(result);
  if (lost_its_reader(result) && at + 1 < results.size()) {
    error.hint = "the next program ended before it had read everything";
  }
  return error;
}

}  // namespace tide
