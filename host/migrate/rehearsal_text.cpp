#include <cmath>

#include "base/text.h"
#include "migrate/rehearsal_record.h"
#include "sys/digest.h"

namespace tide {
namespace {

using Down = RehearsedStep::Down;

constexpr std::int64_t kFormat = 1;

Json milliseconds(double ms) { return std::round(ms * 1000) / 1000; }
Json known(const std::string& text) { return text.empty() ? Json(Null{}) : Json(text); }

Json texts(const std::vector<std::string>& list) {
  Json::List out;
  for (const std::string& text : list) out.emplace_back(text);
  return out;
}

Json lock_json(const RehearsedLock& lock) {
  return Json::Object{{"relation", lock.relation},
                      {"mode", lock.mode},
                      {"held_ms", milliseconds(lock.held_ms)},
                      {"new", lock.is_new},
                      {"table", lock.is_table}};
}

Json statement_json(const RehearsedStatement& statement) {
  Json::List locks;
  for (const RehearsedLock& lock : statement.locks) locks.push_back(lock_json(lock));
  return Json::Object{{"sql", statement.sql},
                      {"file", known(statement.file)},
                      {"line", statement.line == 0 ? Json(Null{}) : Json(statement.line)},
                      {"in_transaction", statement.in_transaction},
                      {"times", statement.times},
                      {"rows", statement.rows},
                      {"duration_ms", milliseconds(statement.ms)},
                      {"locks", std::move(locks)},
                      {"rewritten", texts(statement.rewritten)},
                      {"scanned", texts(statement.scanned)},
                      {"wal_bytes", statement.wal_bytes ? Json(*statement.wal_bytes) : Json(Null{})},
                      {"error", known(statement.error)}};
}

Json pass_json(const RehearsedPass& pass) {
  Json::List statements;
  for (const RehearsedStatement& statement : pass.statements) statements.push_back(statement_json(statement));
  return Json::Object{{"direction", direction_name(pass.direction)},
                      {"again", pass.again},
                      {"duration_ms", milliseconds(pass.ms)},
                      {"statements", std::move(statements)}};
}

Json step_json(const RehearsedStep& step) {
  Json::List passes;
  for (const RehearsedPass& pass : step.passes) passes.push_back(pass_json(pass));
  return Json::Object{{"version", step.version},
                      {"name", step.name},
                      {"checksum", step.checksum},
                      {"transaction", step.transaction},
                      {"down", down_name(step.down)},
                      {"reason", known(step.reason)},
                      {"differences", texts(step.differences)},
                      {"passes", std::move(passes)}};
}

std::string digest_of(const Json& document) { return sha256_hex(dump_json(document)); }

// What stands under `name`; kVerify when that is of another kind.
template <class Wanted>
const Wanted& member(const Json& object, const char* name) {
  const Json* found = object.find(name);
  const Wanted* value = found != nullptr ? std::get_if<Wanted>(&found->data) : nullptr;
  if (value == nullptr) throw Error(ErrorKind::kVerify, cat("it has no ", name));
  return *value;
}

std::string text_of(const Json& object, const char* name) {
  const Json* found = object.find(name);
  const auto* text = found != nullptr ? std::get_if<std::string>(&found->data) : nullptr;
  return text != nullptr ? *text : "";
}

std::int64_t integer_of(const Json& object, const char* name) {
  const Json* found = object.find(name);
  const auto* number = found != nullptr ? std::get_if<std::int64_t>(&found->data) : nullptr;
  return number != nullptr ? *number : 0;
}

double number_of(const Json& object, const char* name) {
  const Json* found = object.find(name);
  if (found == nullptr) return 0;
  if (const auto* real = std::get_if<double>(&found->data)) return *real;
  return static_cast<double>(integer_of(object, name));
}

std::vector<std::string> texts_of(const Json& object, const char* name) {
  std::vector<std::string> out;
  for (const Json& item : member<Json::List>(object, name)) out.push_back(std::get<std::string>(item.data));
  return out;
}

RehearsedLock parse_lock(const Json& json) {
  return {text_of(json, "relation"), text_of(json, "mode"), number_of(json, "held_ms"), member<bool>(json, "new"),
          member<bool>(json, "table")};
}

RehearsedStatement parse_statement(const Json& json) {
  RehearsedStatement statement;
  statement.sql = text_of(json, "sql");
  statement.file = text_of(json, "file");
  statement.line = static_cast<int>(integer_of(json, "line"));
  statement.in_transaction = member<bool>(json, "in_transaction");
  statement.times = integer_of(json, "times");
  statement.rows = integer_of(json, "rows");
  statement.ms = number_of(json, "duration_ms");
  for (const Json& lock : member<Json::List>(json, "locks")) statement.locks.push_back(parse_lock(lock));
  statement.rewritten = texts_of(json, "rewritten");
  statement.scanned = texts_of(json, "scanned");
  const Json* wal = json.find("wal_bytes");
  if (wal != nullptr && std::holds_alternative<std::int64_t>(wal->data))
    statement.wal_bytes = integer_of(json, "wal_bytes");
  statement.error = text_of(json, "error");
  return statement;
}

RehearsedPass parse_pass(const Json& json) {
  RehearsedPass pass;
  pass.direction = text_of(json, "direction") == "down" ? Direction::kDown : Direction::kUp;
  pass.again = member<bool>(json, "again");
  pass.ms = number_of(json, "duration_ms");
  for (const Json& statement : member<Json::List>(json, "statements")) {
    pass.statements.push_back(parse_statement(statement));
  }
  return pass;
}

Down parse_down(const std::string& name) {
  for (const Down down : {Down::kSame, Down::kDiffers, Down::kMissing, Down::kIrreversible, Down::kSkipped}) {
    if (name == down_name(down)) return down;
  }
  return Down::kNotReached;
}

RehearsedStep parse_step(const Json& json) {
  RehearsedStep step;
  step.version = text_of(json, "version");
  step.name = text_of(json, "name");
  step.checksum = text_of(json, "checksum");
  step.transaction = member<bool>(json, "transaction");
  step.down = parse_down(text_of(json, "down"));
  step.reason = text_of(json, "reason");
  step.differences = texts_of(json, "differences");
  for (const Json& pass : member<Json::List>(json, "passes")) step.passes.push_back(parse_pass(pass));
  return step;
}

std::shared_ptr<const Error> parse_error(const Json& document) {
  const Json* found = document.find("error");
  if (found == nullptr || std::holds_alternative<Null>(found->data)) return nullptr;
  return std::make_shared<Error>(ErrorKind::kVerify, text_of(*found, "message"));
}

void check_digest(const Json& document) {
  Json rest = document;
  auto* members = std::get_if<Json::Object>(&rest.data);
  if (members == nullptr || members->empty() || members->back().first != "digest") {
    throw Error(ErrorKind::kVerify, "it is no record of a rehearsal");
  }
  members->pop_back();
  if (digest_of(rest) != text_of(document, "digest")) throw Error(ErrorKind::kVerify, "it was changed by hand");
}

}  // namespace

Json record_json(const RehearsalRecord& record) {
  Json::List steps;
  for (const RehearsedStep& step : record.steps) steps.push_back(step_json(step));
  Json error = Null{};
  if (record.error) {
    error = Json::Object{{"kind", kind_name(record.error->kind)},
                         {"message", record.error->message},
                         {"step", known(record.error->step)}};
  }
  Json document = Json::Object{{"format", kFormat},
                               {"plan", record.plan},
                               {"environment", record.environment},
                               {"engine", record.engine},
                               {"server_version", record.server_version},
                               {"tide_version", record.tide_version},
                               {"rehearsed_at", record.rehearsed_at},
                               {"duration_ms", milliseconds(record.ms)},
                               {"copy", Json::Object{{"place", record.place},
                                                     {"filled", record.filled},
                                                     {"backup", known(record.backup)},
                                                     {"backup_time", known(record.backup_time)}}},
                               {"effects", record.effects_done ? "done" : "recorded"},
                               {"passed", record.passed()},
                               {"error", std::move(error)},
                               {"steps", std::move(steps)}};
  const std::string digest = digest_of(document);
  std::get<Json::Object>(document.data).emplace_back("digest", digest);
  return document;
}

RehearsalRecord parse_record(const std::string& text) {
  const Json document = parse_json(text);
  check_digest(document);
  if (integer_of(document, "format") != kFormat) throw Error(ErrorKind::kVerify, "it is of a newer tide");
  RehearsalRecord record;
  record.plan = text_of(document, "plan");
  record.environment = text_of(document, "environment");
  record.engine = text_of(document, "engine");
  record.server_version = text_of(document, "server_version");
  record.tide_version = text_of(document, "tide_version");
  record.rehearsed_at = text_of(document, "rehearsed_at");
  record.ms = number_of(document, "duration_ms");
  const Json* copy = document.find("copy");
  if (copy == nullptr) throw Error(ErrorKind::kVerify, "it has no copy");
  record.place = text_of(*copy, "place");
  record.filled = text_of(*copy, "filled");
  record.backup = text_of(*copy, "backup");
  record.backup_time = text_of(*copy, "backup_time");
  record.effects_done = text_of(document, "effects") == "done";
  for (const Json& step : member<Json::List>(document, "steps")) record.steps.push_back(parse_step(step));
  record.error = parse_error(document);
  return record;
}

}  // namespace tide
