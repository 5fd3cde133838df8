#include "cli/log.h"

#include <spdlog/details/file_helper.h>
#include <spdlog/sinks/base_sink.h>
#include <spdlog/spdlog.h>

#include <mutex>

#include "base/text.h"
#include "cli/console.h"
#include "cli/value_text.h"
#include "cli/width.h"

namespace tide {
namespace {

using Level = spdlog::level::level_enum;

// The one sink: what passes it has lost its secrets and its line breaks.
class CleanFileSink : public spdlog::sinks::base_sink<std::mutex> {
 public:
  CleanFileSink(const std::string& path, const Redactor& redactor) : redactor_(redactor) { file_.open(path); }

 protected:
  void sink_it_(const spdlog::details::log_msg& message) override {
    const std::string clean = one_line(printable(redactor_.redact({message.payload.data(), message.payload.size()})));
    spdlog::details::log_msg copy = message;
    copy.payload = clean;
    spdlog::memory_buf_t line;
    formatter_->format(copy, line);
    file_.write(line);
  }
  void flush_() override { file_.flush(); }

 private:
  const Redactor& redactor_;
  spdlog::details::file_helper file_;
};

Level level_of(const std::string& word) {
  const std::string level = lower(word);
  if (level == "debug" || starts_with(level, "debug")) return Level::debug;
  if (level == "warn" || level == "warning") return Level::warn;
  return level == "error" ? Level::err : Level::info;
}

std::string step_name(const Event& event) { return cat(event.direction, " ", event.version, " ", event.name); }

std::string statement_text(const Event& event) {
  std::vector<std::string> values;
  for (const Value& value : event.params) values.push_back(value_text(value));
  const std::string bound = values.empty() ? "" : cat(" [", join(values, ", "), "]");
  const std::string outcome = event.error ? cat("refused: ", event.error->message) : counted(event.rows, "row");
  return cat(event.recorded ? "recorded: " : "", event.sql, bound, " (", human_duration(event.ms), ", ", outcome, ")");
}

std::string effect_text(const Event& event) {
  const std::string end = event.recorded ? "dry run, not done" : human_duration(event.ms);
  return cat(event.name, ": ", event.text, " (", end, ")", event.error ? cat(": ", event.error->message) : "");
}

}  // namespace

struct FileLog::State {
  std::shared_ptr<spdlog::logger> logger;
};

FileLog::FileLog(const std::string& path, const Redactor& redactor) : state_(std::make_unique<State>()) {
  try {
    state_->logger = std::make_shared<spdlog::logger>("tide", std::make_shared<CleanFileSink>(path, redactor));
  } catch (const spdlog::spdlog_ex&) {
    throw Error(ErrorKind::kIo, cat("the log file '", path, "' cannot be opened for writing")).at(path);
  }
  state_->logger->set_pattern("%Y-%m-%dT%H:%M:%S.%eZ %-7l %v", spdlog::pattern_time_type::utc);
  state_->logger->set_level(Level::debug);
  state_->logger->flush_on(Level::info);
}

FileLog::~FileLog() = default;

void FileLog::read(const Event& event) {
  spdlog::logger& logger = *state_->logger;
  switch (event.kind) {
    case Event::Kind::kStepBegun:
      return logger.info(cat("begin ", step_name(event)));
    case Event::Kind::kStepDone:
      return logger.info(
          cat(step_name(event), " ", event.state, " (", step_facts(event.ms, event.statements, event.rows), ")"));
    case Event::Kind::kStepFailed:
      return logger.error(cat(step_name(event), " failed after ", human_duration(event.ms)));
    case Event::Kind::kStatementDone:
      return logger.debug(statement_text(event));
    case Event::Kind::kNotice:
      return logger.log(level_of(event.level), cat("server: ", event.text));
    case Event::Kind::kLog:
      return logger.log(level_of(event.level), event.text);
    case Event::Kind::kProgress:
      return logger.debug(cat(event.text, " ", event.done, "/", event.total));
    case Event::Kind::kWarning:
      return logger.warn(event.text);
    case Event::Kind::kWaiting:
      return logger.info(cat("waiting: ", event.text));
    case Event::Kind::kEffect:
      if (event.internal) return logger.debug(effect_text(event));
      return logger.log(event.error ? Level::err : Level::info, effect_text(event));
    case Event::Kind::kOutput:
      return logger.debug(cat(event.name, " ", event.level, ": ", event.text));
  }
}

void FileLog::info(const std::string& text) { state_->logger->info(text); }

void FileLog::error(const Error& error) {
  state_->logger->error(cat(kind_name(error.kind), ": ", error.message,
                            error.file.empty() ? "" : cat(" at ", error.file),
                            error.line > 0 ? cat(":", error.line) : ""));
}

}  // namespace tide
