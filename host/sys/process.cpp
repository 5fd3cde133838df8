#include "sys/process.h"

#include <algorithm>
#include <span>
#include <string_view>
#include <utility>

#include "base/text.h"
#include "sys/process_pipeline.h"

namespace tide {
namespace {

constexpr std::string_view kPlain = "_-+=./,:@%^";

bool is_plain(char c) {
  const bool word = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9');
  return word || kPlain.find(c) != std::string_view::npos || static_cast<unsigned char>(c) >= 0x80;
}

}  // namespace

CommandResult run_command(const Command& command) { return std::move(Pipeline(std::span(&command, 1)).run().front()); }

std::vector<CommandResult> run_pipeline(const std::vector<Command>& commands) { return Pipeline(commands).run(); }

std::string shell_quoted(const std::string& argument) {
  if (!argument.empty() && std::all_of(argument.begin(), argument.end(), is_plain)) return argument;
  std::string text = "'";
  for (char c : argument) c == '\'' ? text += "'\\''" : text += c;
  return text + "'";
}

std::string command_text(const std::vector<std::string>& argv) {
  std::string text;
  for (const std::string& argument : argv) text += cat(text.empty() ? "" : " ", shell_quoted(argument));
  return text;
}

std::string pipeline_text(const std::vector<Command>& commands) {
  std::string text;
  for (const Command& command : commands) text += cat(text.empty() ? "" : " | ", command_text(command.argv));
  return text;
}

}  // namespace tide
