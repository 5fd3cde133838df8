#include "repl/result_output.h"

#include <unistd.h>

#include <algorithm>

#include "base/text.h"
#include "cli/session.h"
#include "repl/shell.h"
#include "repl/state_files.h"
#include "sys/interrupt.h"
#include "sys/process.h"
#include "sys/process_terminal.h"
#include "sys/terminal.h"

namespace tide {
namespace {

std::string pager_of(const Session& session) {
  for (const char* name : {"TIDE_PAGER", "PSQL_PAGER", "PAGER"}) {
    if (const auto given = session.variable(name)) return *given == "cat" ? "" : *given;
  }
  return find_program("less").empty() ? "" : "less -SFX";
}

}  // namespace

ResultOutput::ResultOutput(Session& session, const std::string& file, bool interactive)
    : session_(session), file_(file) {
  const bool terminal = ::isatty(STDOUT_FILENO) != 0 && session.variable("TERM").value_or("dumb") != "dumb";
  if (file_.empty() && interactive && terminal) pager_ = pager_of(session);
}

ResultOutput::~ResultOutput() {
  if (!held_.empty()) session_.output().print(held_);
  const bool paged = pipe_ != nullptr;
  pipe_.reset();
  if (paged && !asked_to_end()) clear_interrupt();  // Ctrl-C was the pager's
}

void ResultOutput::write(std::string_view text) {
  if (!file_.empty()) return append_private(file_, session_.redacted(std::string(text)));
  if (pager_.empty()) return session_.output().print(text);
  if (page(text)) return;
  held_ += text;
}

bool ResultOutput::page(std::string_view text) {
  if (pipe_) return pipe_->write(session_.redacted(std::string(text))), true;
  lines_ += static_cast<std::size_t>(std::count(text.begin(), text.end(), '\n'));
  if (lines_ + 2 < static_cast<std::size_t>(terminal_size().rows)) return false;
  pipe_ = std::make_unique<TerminalPipe>(pager_);
  pipe_->write(session_.redacted(held_));
  held_.clear();
  pipe_->write(session_.redacted(std::string(text)));
  return true;
}

RowFormat format_of_file(const std::string& path, RowFormat otherwise) {
  if (ends_with(path, ".csv")) return RowFormat::kCsv;
  if (ends_with(path, ".json")) return RowFormat::kJson;
  if (ends_with(path, ".md")) return RowFormat::kMarkdown;
  return otherwise;
}

RowFormat result_format(const ShellSettings& settings, std::optional<RowFormat> asked) {
  if (asked) return *asked;
  const bool vertical = settings.vertical == ShellSettings::Vertical::kOn;
  return format_of_file(settings.output_file, vertical ? RowFormat::kExpanded : RowFormat::kAligned);
}

}  // namespace tide
