#include "cli/console.h"

#include <algorithm>

#include "base/text.h"
#include "cli/value_text.h"
#include "cli/width.h"

namespace tide {
namespace {

constexpr const char* kClearLine = "\r\033[K";
constexpr int kBarCells = 24;

std::string step_name(const Event& event) {
  return cat(pad(event.direction, 5), " ", event.version, event.name.empty() ? "" : " ", event.name);
}

bool is_serious(const std::string& level) {
  const std::string word = lower(level);
  return word == "warn" || word == "warning" || word == "error" || word == "fatal" || word == "panic";
}

std::string indented(std::string_view text) {
  std::string out;
  for (const std::string& part : split(printable(text), '\n')) out += cat(out.empty() ? "" : "\n", "  ", part);
  return out;
}

std::string bar(std::int64_t done, std::int64_t total) {
  const auto filled = static_cast<std::size_t>(std::clamp<std::int64_t>(done * kBarCells / total, 0, kBarCells));
  return cat("[", std::string(filled, '#'), std::string(kBarCells - filled, '.'), "]");
}

std::string amount(const Event& event) {
  if (event.total <= 0) return grouped(event.done);
  return cat(event.done * 100 / event.total, "% ", grouped(event.done), "/", grouped(event.total));
}

std::string state_of(const Event& event) {
  return event.state.empty() ? "" : cat("  (", one_line(printable(event.state)), ")");
}

}  // namespace

void Console::read(const Event& event) {
  switch (event.kind) {
    case Event::Kind::kStepBegun:
      break;
    case Event::Kind::kStepDone:
      return step_done(event);
    case Event::Kind::kStepFailed:
      return step_failed(event);
    case Event::Kind::kStatementDone:
      return statement(event);
    case Event::Kind::kNotice:
      return notice(event);
    case Event::Kind::kLog:
      return log(event);
    case Event::Kind::kProgress:
      return progress(event);
    case Event::Kind::kWarning:
      return line(options_.style.yellow("warning: ") + printable(event.text));
    case Event::Kind::kWaiting:
      if (!options_.quiet) line(options_.style.dim("waiting: ") + printable(event.text));
      break;
    case Event::Kind::kEffect:
      return effect(event);
    case Event::Kind::kOutput:
      if (options_.verbosity > 0) line(cat(options_.style.dim(cat("  ", event.name, " | ")), printable(event.text)));
      break;
  }
}

void Console::step_done(const Event& event) {
  if (options_.quiet) return;
  const std::string tried = event.state == "recorded" ? "dry run, " : "";
  const std::string facts = cat(tried, step_facts(event.ms, event.statements, event.rows));
  line(cat(options_.style.green(step_name(event)), "  ", options_.style.dim(cat("(", facts, ")"))));
}

void Console::step_failed(const Event& event) {
  if (options_.quiet) return;
  line(cat(options_.style.red(cat(step_name(event), "  failed")), " after ", human_duration(event.ms)));
}

void Console::statement(const Event& event) {
  if (options_.verbosity == 0 || options_.quiet) return;
  if (event.internal && options_.verbosity < 2) return;
  const std::string outcome = event.error ? "refused" : event.recorded ? "recorded" : counted(event.rows, "row");
  const std::string facts = cat("(", human_duration(event.ms), ", ", outcome, ")");
  line(cat("  ", clip(one_line(printable(event.sql)), options_.columns), "  ", options_.style.dim(facts)));
  if (options_.verbosity < 2) return;
  for (std::size_t i = 0; i < event.params.size(); ++i) {
    line(cat("    $", i + 1, " = ", clip(one_line(printable(value_text(event.params[i]))), options_.columns)));
  }
}

void Console::log(const Event& event) {
  if (options_.quiet && !is_serious(event.level)) return;
  if (event.level == "debug" && options_.verbosity == 0) return;
  const bool plain = event.level == "info" || event.level == "print" || event.level.empty();
  const std::string label = plain ? "" : cat(event.level, ": ");
  line(indented(label + event.text));
}

void Console::effect(const Event& event) {
  if (options_.quiet || (event.internal && options_.verbosity < 2)) return;
  const std::string end = event.recorded ? "dry run, not done" : event.error ? "failed" : human_duration(event.ms);
  line(cat("  ", event.name, ": ", printable(event.text), "  ", options_.style.dim(cat("(", end, ")"))));
}

void Console::notice(const Event& event) {
  if (options_.quiet && !is_serious(event.level)) return;
  line(indented(cat(event.level, ": ", event.text)));
}

void Console::progress(const Event& event) {
  if (options_.quiet || !options_.progress) return;
  if (rate_.note(event, options_.now_ms())) progress_said_ = -1;
  if (options_.terminal) return progress_bar(event);
  progress_line(event);
}

void Console::progress_bar(const Event& event) {
  const bool complete = event.total > 0 && event.done >= event.total;
  const std::string cells = event.total > 0 ? bar(event.done, event.total) + " " : "";
  const std::string text = cat(one_line(printable(event.text)), "  ", cells, amount(event), pace(), state_of(event));
  write_(cat(kClearLine, clip(text, options_.bar_columns() - 1), complete ? "\n" : ""));
  bar_shown_ = !complete;
  progress_said_ = event.done;
}

void Console::progress_line(const Event& event) {
  const std::int64_t tenth =
      event.total > 0 ? std::max<std::int64_t>(event.total / 10, 1) : std::max<std::int64_t>(progress_said_, 1);
  const bool complete = event.total > 0 && event.done >= event.total && progress_said_ < event.done;
  if (progress_said_ >= 0 && !complete && event.done < progress_said_ + tenth) return;
  progress_said_ = event.done;
  line(cat("  ", printable(event.text), "  ", amount(event), pace(), state_of(event)));
}

// How fast it goes and how long it will take, once both can be known.
std::string Console::pace() const {
  const auto rate = rate_.per_second();
  if (!rate) return "";
  const std::string speed = cat("  ", grouped(static_cast<std::int64_t>(*rate)), "/s");
  const auto left = rate_.seconds_left();
  return left ? cat(speed, ", ", human_duration(*left * 1000), " left") : speed;
}

void Console::line(const std::string& text) {
  write_(cat(bar_shown_ ? kClearLine : "", text, "\n"));
  bar_shown_ = false;
}

std::string whole_ms(std::int64_t ms) {
  if (ms == 0) return "<1 ms";
  return ms < 10 ? cat(ms, " ms") : human_duration(static_cast<double>(ms));
}

std::string short_time(const std::string& iso) {
  constexpr std::size_t kSeconds = 19;
  if (iso.size() < kSeconds || iso[10] != 'T') return iso;
  return cat(iso.substr(0, 10), " ", iso.substr(11, kSeconds - 11));
}

std::string step_facts(double ms, std::int64_t statements, std::int64_t rows) {
  std::string facts = cat(human_duration(ms), ", ", counted(statements, "statement"));
  if (rows > 0) facts += cat(", ", counted(rows, "row"));
  return facts;
}

std::string counted(std::int64_t count, std::string_view noun) {
  return cat(grouped(count), " ", noun, count == 1 ? "" : "s");
}

std::string grouped(std::int64_t number) {
  std::string digits = std::to_string(number);
  const std::size_t first = digits[0] == '-' ? 1 : 0;
  for (std::size_t at = digits.size(); at > first + 3;) {
    at -= 3;
    digits.insert(at, ",");
  }
  return digits;
}

}  // namespace tide
