#include "cli/error_screen.h"

#include <algorithm>
#include <optional>
#include <utility>

#include "base/text.h"
#include "cli/excerpt.h"
#include "cli/statement_place.h"
#include "cli/width.h"

namespace tide {
namespace {

constexpr std::size_t kTracebackFrames = 8;
constexpr std::size_t kContextLines = 4;

std::string indented(std::string_view text, const std::string& margin) {
  std::string out;
  for (const std::string& line : split(text, '\n')) out += line.empty() ? "\n" : cat(margin, line, "\n");
  return out;
}

std::string first_lines(std::string_view text, std::size_t limit) {
  std::vector<std::string> lines = split(trim(text), '\n');
  if (lines.size() <= limit) return join(lines, "\n");
  const std::size_t more = lines.size() - limit;
  lines.resize(limit);
  return cat(join(lines, "\n"), "\n\u2026 ", more, " more");
}

std::string place(const Error& error) {
  std::string out = error.file;
  if (error.line > 0) out += cat(":", error.line);
  if (error.line > 0 && error.file_column > 0) out += cat(":", error.file_column);
  return out;
}

const char* label(ErrorKind kind) {
  if (kind == ErrorKind::kVerify) return "verification failed: ";
  if (kind == ErrorKind::kInterrupted) return "interrupted: ";
  return "error: ";
}

class Screen {
 public:
  explicit Screen(const ScreenOptions& options) : options_(options) {}

  std::string draw(const Error& error) {
    headline(label(error.kind), error);
    facts(error);
    causes(error);
    stack(error);
    list("done:", error.done);
    if (error.kind == ErrorKind::kInternal) out_ += "\nThis is a defect of tide itself.\n";
    list("next:", error.next);
    return std::move(out_);
  }

 private:
  const Style& style() const { return options_.style; }

  void headline(const std::string& label, const Error& error) {
    std::string text = printable(trim(error.message));
    if (!error.sqlstate.empty()) text += cat(" (SQLSTATE ", error.sqlstate, ")");
    const std::vector<std::string> lines = split(text, '\n');
    out_ += cat(style().red(label), style().bold(lines.front()), "\n");
    for (std::size_t i = 1; i < lines.size(); ++i) out_ += cat("  ", lines[i], "\n");
  }

  void facts(const Error& error) {
    gap_ = false;
    if (!error.step.empty()) out_ += cat("  in ", printable(error.step), "\n");
    if (!error.file.empty()) out_ += cat("  at ", printable(place(error)), "\n");
    source(error);
    statement(error);
    field("DETAIL", error.detail);
    field("HINT", error.hint);
    field("CONSTRAINT", error.constraint);
    field("TABLE", error.table);
    field("COLUMN", error.column);
    field("CONTEXT", first_lines(error.context, kContextLines));
  }

  // The line of the file, unless the statement stands in the file and shows it.
  void source(const Error& error) {
    if (error.line <= 0 || line_of_statement(error) > 0) return;
    const auto text = text_of(error.file);
    if (!text) return;
    const std::vector<std::string> lines = split(*text, '\n');
    if (static_cast<std::size_t>(error.line) > lines.size()) return;
    ExcerptOptions excerpt_options;
    excerpt_options.style = style();
    excerpt_options.first_line = error.line;
    out_ += cat("\n", indented_block(excerpt(lines[static_cast<std::size_t>(error.line) - 1], error.file_column,
                                             excerpt_options)));
  }

  void statement(const Error& error) {
    if (trim(error.statement).empty()) return;
    ExcerptOptions excerpt_options;
    excerpt_options.style = style();
    excerpt_options.first_line = std::max(line_of_statement(error), 1);
    out_ += cat("\n", indented_block(excerpt(error.statement, error.position, excerpt_options)));
    gap_ = true;
  }

  std::optional<std::string> text_of(const std::string& file) const {
    return file.empty() || !options_.read_file ? std::nullopt : options_.read_file(file);
  }

  int line_of_statement(const Error& error) const {
    const auto text = trim(error.statement).empty() ? std::nullopt : text_of(error.file);
    return text ? tide::line_of_statement(*text, {error.statement, error.position, error.line, error.file_column}) : 0;
  }

  static std::string indented_block(std::string_view block) {
    return indented(block.substr(0, block.size() - 1), "    ");
  }

  void field(const std::string& name, std::string_view text) {
    if (trim(text).empty()) return;
    if (std::exchange(gap_, false)) out_ += "\n";
    const std::vector<std::string> lines = split(printable(trim(text)), '\n');
    out_ += cat("  ", style().dim(name + ":"), " ", lines.front(), "\n");
    const std::string margin(name.size() + 4, ' ');
    for (std::size_t i = 1; i < lines.size(); ++i) out_ += cat(margin, lines[i], "\n");
  }

  void causes(const Error& error) {
    for (const Error* cause = error.cause.get(); cause; cause = cause->cause.get()) {
      out_ += "\n";
      headline("caused by: ", *cause);
      facts(*cause);
    }
  }

  void stack(const Error& error) {
    const std::string_view frames = trim(error.traceback);
    const bool said_above = frames.find('\n') == frames.npos && starts_with(frames, cat(error.file, ":"));
    if (frames.empty() || said_above) return;
    out_ += cat("\n", style().dim("Lua stack:"), "\n",
                indented(first_lines(printable(error.traceback), kTracebackFrames), "  "));
  }

  void list(const std::string& title, const std::vector<std::string>& items) {
    if (items.empty()) return;
    out_ += cat("\n", style().bold(title), "\n");
    for (const std::string& item : items) out_ += indented(printable(trim(item)), "  ");
  }

  const ScreenOptions& options_;
  std::string out_;
  bool gap_ = false;  // an empty line is due before the next field
};

}  // namespace

std::string error_screen(const Error& error, const ScreenOptions& options) { return Screen(options).draw(error); }

}  // namespace tide
