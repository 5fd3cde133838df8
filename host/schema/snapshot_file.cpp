#include "base/text.h"
#include "schema/json_tree.h"
#include "schema/kinds.h"
#include "schema/snapshot.h"
#include "tide/error.h"

namespace tide {
namespace {

constexpr int kIndent = 2;

// Texts of several lines are lists of lines in a file, so that a change of one line is a change of one line.
bool is_long_text(const std::string& property) {
  return property == "definition" || property == "sql" || property == "comment";
}

Json lines_of(const std::string& text) {
  Json::List lines;
  for (std::string& line : split(text, '\n')) lines.emplace_back(std::move(line));
  return lines;
}

std::string text_of_lines(const Json::List& lines) {
  std::string text;
  for (const Json& line : lines) text += cat(&line == &lines.front() ? "" : "\n", text_of(line));
  return text;
}

void fold(Json& value) {
  auto* members = std::get_if<Json::Object>(&value.data);
  if (members == nullptr) return;
  for (auto& [key, member] : *members) {
    const auto* text = std::get_if<std::string>(&member.data);
    if (text != nullptr && is_long_text(key) && text->find('\n') != std::string::npos) member = lines_of(*text);
    fold(member);
  }
}

void unfold(Json& value) {
  auto* members = std::get_if<Json::Object>(&value.data);
  if (members == nullptr) return;
  for (auto& [key, member] : *members) {
    const auto* lines = std::get_if<Json::List>(&member.data);
    if (lines != nullptr && is_long_text(key)) member = text_of_lines(*lines);
    unfold(member);
  }
}

[[noreturn]] void refuse(const std::string& file, const std::string& what) {
  throw Error(ErrorKind::kConfig, what).at(file);
}

void check_format(const Json& snapshot, const std::string& file) {
  const Json* format = snapshot.find("format");
  const auto* number = format != nullptr ? std::get_if<std::int64_t>(&format->data) : nullptr;
  if (number == nullptr || snapshot.find("engine") == nullptr) {
    refuse(file, "this is no snapshot of a schema: it has no \"format\" and \"engine\"");
  }
  if (*number > kSnapshotFormat || *number < 1) {
    throw Error(ErrorKind::kConfig,
                cat("the snapshot has format ", *number, "; this tide knows format ", kSnapshotFormat))
        .at(file)
        .advise("use the tide version that wrote it, or a later one");
  }
  const std::string engine = text_of(snapshot, "engine");
  if (engine != "postgres" && engine != "sqlite") {
    refuse(file, cat("engine: \"postgres\" or \"sqlite\" is allowed, not ", dump_json(*snapshot.find("engine"))));
  }
}

void check_object(const Json& object, const std::string& where, const std::string& file) {
  if (!is_object(object)) refuse(file, cat(where, ": an object in braces is expected"));
  for (const auto& [key, value] : members_of(object)) {
    const SchemaKind* kind = find_kind(key);
    if (kind == nullptr || !kind->part) continue;
    if (!is_object(value)) refuse(file, cat(where, ".", key, ": an object in braces is expected"));
    for (const auto& [name, part] : members_of(value)) {
      if (!is_object(part)) refuse(file, cat(where, ".", key, ".", name, ": an object in braces is expected"));
    }
  }
}

void check_kind(const std::string& name, const Json& objects, const std::string& file) {
  const SchemaKind* kind = find_kind(name);
  if (kind == nullptr || kind->part) {
    std::vector<std::string> known;
    for (const SchemaKind& one : schema_kinds()) {
      if (!one.part) known.emplace_back(one.name);
    }
    const std::string near = nearest(name, known);
    refuse(file, cat("'", name, "' is no kind of object", near.empty() ? "" : cat("; did you mean '", near, "'?")));
  }
  if (!is_object(objects)) refuse(file, cat(name, ": an object in braces is expected"));
  for (const auto& [object, value] : members_of(objects)) check_object(value, cat(name, ".", object), file);
}

}  // namespace

std::string snapshot_text(Json snapshot) {
  fold(snapshot);
  return dump_json(snapshot, kIndent) + "\n";
}

Json parse_snapshot(std::string_view text, const std::string& file) {
  Json snapshot;
  try {
    snapshot = parse_json(text);
  } catch (Error& error) {
    throw error.at(file, error.line);
  }
  check_format(snapshot, file);
  for (const auto& [key, value] : members_of(snapshot)) {
    if (key == "format" || key == "engine" || key == "server" || key == "grants") continue;
    check_kind(key, value, file);
  }
  unfold(snapshot);
  return snapshot;
}

}  // namespace tide
