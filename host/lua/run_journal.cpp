#include "lua/run_journal.h"

#include <utility>

#include "base/text.h"
#include "sys/files.h"
#include "tide/error.h"

namespace tide {
namespace {

// What one step may leave in the journal: beyond it output is counted and not kept.
constexpr std::int64_t kKeptOfStep = 256 * 1024;

Json::Object effect_fields(const Event& event) {
  Json::Object fields{{"event", "effect"}, {"primitive", event.name}, {"text", event.text}, {"ms", event.ms}};
  if (event.error) fields.emplace_back("error", event.error->message);
  if (event.recorded) fields.emplace_back("recorded", true);
  return fields;
}

Json::Object migration_fields(const Event& event) {
  Json::Object fields{{"event", "migration"},         {"version", event.version}, {"name", event.name},
                      {"direction", event.direction}, {"ms", event.ms},           {"statements", event.statements}};
  fields.emplace_back("state", event.error ? "failed" : event.state);
  return fields;
}

bool is_dull(const Event& event) { return event.level == "debug"; }

}  // namespace

std::string RunJournal::path_of(const std::string& run) const { return cat(folder_, "/", run, "/journal.jsonl"); }

std::string RunJournal::lock(const std::string& name, const std::string& holder_line) {
  make_directories(folder_);
  auto lock = std::make_unique<FileLock>(cat(folder_, "/", name, ".lock"));
  if (!lock->try_lock(holder_line)) {
    const std::string line = lock->holder_line();
    return line.empty() ? "another process" : line;
  }
  lock_ = std::move(lock);
  return "";
}

void RunJournal::create(const std::string& run) {
  make_directories(cat(folder_, "/", run));
  journal_.emplace(Journal::create(path_of(run)));
}

void RunJournal::open(const std::string& run) {
  const std::string path = path_of(run);
  journal_.emplace(Journal::open(path, read_journal(path)));
}

std::string RunJournal::append(const Json& entry, bool sync) {
  if (!journal_) throw Error(ErrorKind::kInternal, "the journal is not open");
  journal_->append(dump_json(masked(entry)));
  if (sync) journal_->sync();
  return journal_->hash();
}

void RunJournal::enter(const std::string& step) {
  step_ = step;
  kept_ = dropped_ = 0;
}

void RunJournal::read(const Event& event) {
  if (!journal_ || step_.empty()) return;
  switch (event.kind) {
    case Event::Kind::kEffect:
      if (!event.internal) keep(effect_fields(event));
      return;
    case Event::Kind::kStepDone:
    case Event::Kind::kStepFailed:
      return keep(migration_fields(event));
    case Event::Kind::kOutput:
      return keep({{"event", "output"}, {"program", event.name}, {"stream", event.level}, {"text", event.text}});
    case Event::Kind::kLog:
    case Event::Kind::kNotice:
      if (is_dull(event)) return;
      return keep({{"event", "log"}, {"level", event.level}, {"text", event.text}});
    case Event::Kind::kWarning:
      return keep({{"event", "log"}, {"level", "warning"}, {"text", event.text}});
    default:
      return;
  }
}

void RunJournal::keep(Json::Object fields) {
  fields.emplace_back("step", step_);
  const std::string line = dump_json(masked(Json(std::move(fields))));
  const auto size = static_cast<std::int64_t>(line.size());
  if (kept_ + size > kKeptOfStep) {
    dropped_ += size;
    return;
  }
  try {
    journal_->append(line);
    kept_ += size;
  } catch (const Error&) {  // what was done did not fail for that; the entry that ends the step does
    dropped_ += size;
  }
}

void RunJournal::arm(std::int64_t ms) {
  deadline_.reset();
  if (ms > 0) deadline_ = std::make_unique<Deadline>(ms);
}

Json RunJournal::masked(const Json& value) const {
  if (const auto* text = std::get_if<std::string>(&value.data)) return redact_ ? Json(redact_(*text)) : value;
  if (const auto* list = std::get_if<Json::List>(&value.data)) {
    Json::List out;
    for (const Json& each : *list) out.push_back(masked(each));
    return out;
  }
  if (const auto* object = std::get_if<Json::Object>(&value.data)) {
    Json::Object out;
    for (const auto& [name, each] : *object) out.emplace_back(name, masked(each));
    return out;
  }
  return value;
}

}  // namespace tide
