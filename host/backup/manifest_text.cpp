#include "backup/manifest.h"
#include "base/json.h"
#include "base/text.h"
#include "sys/digest.h"
#include "tide/error.h"

namespace tide {
namespace {

constexpr std::int64_t kVersion = 1;

Json identity_json(const DatabaseIdentity& identity) {
  return Json::Object{
      {"engine", identity.engine}, {"name", identity.name}, {"system", identity.system}, {"object", identity.object}};
}

Json files_json(const std::vector<BackupFile>& files) {
  Json::List list;
  for (const BackupFile& file : files) {
    list.push_back(Json::Object{{"name", file.name}, {"size", file.size}, {"sha256", file.sha256}});
  }
  return list;
}

Json tables_json(const std::vector<TableRows>& tables) {
  Json::List list;
  for (const TableRows& table : tables) {
    list.push_back(Json::Object{
        {"schema", table.schema}, {"name", table.name}, {"rows", table.rows ? Json(*table.rows) : Json(Null{})}});
  }
  return list;
}

Json tools_json(const Manifest& manifest) {
  Json::Object tools;
  for (const auto& [name, version] : manifest.tools) tools.emplace_back(name, version);
  return tools;
}

Json::Object members(const Manifest& m) {
  return {{"manifest", kVersion},
          {"label", m.label},
          {"format", format_name(m.format)},
          {"database", identity_json(m.database)},
          {"server_version", m.server_version},
          {"url", m.url},
          {"environment", m.environment},
          {"data", m.data},
          {"size", m.size()},
          {"sha256", m.sha256()},
          {"files", files_json(m.files)},
          {"started_at", m.started_at},
          {"finished_at", m.finished_at},
          {"tools", tools_json(m)},
          {"schema_only", m.schema_only},
          {"data_only", m.data_only},
          {"selected", m.selected},
          {"wal", m.wal},
          {"tables", tables_json(m.tables)},
          {"excluded", Json::List(m.excluded.begin(), m.excluded.end())},
          {"who", m.who},
          {"host", m.host}};
}

// Reads members by name; std::bad_variant_access where one is of another type.
class Reader {
 public:
  explicit Reader(const Json& object) : object_(object) {}

  const Json& at(const char* key) const {
    const Json* found = object_.find(key);
    if (found == nullptr) throw std::bad_variant_access();
    return *found;
  }
  std::string text(const char* key) const { return std::get<std::string>(at(key).data); }
  bool flag(const char* key) const { return std::get<bool>(at(key).data); }
  std::int64_t number(const char* key) const { return std::get<std::int64_t>(at(key).data); }
  const Json::List& list(const char* key) const { return std::get<Json::List>(at(key).data); }

 private:
  const Json& object_;
};

TableRows table_from(const Json& json) {
  const Reader in(json);
  TableRows table{in.text("schema"), in.text("name"), std::nullopt};
  if (const auto* rows = std::get_if<std::int64_t>(&in.at("rows").data)) table.rows = *rows;
  return table;
}

Manifest manifest_from(const Json& json) {
  const Reader in(json);
  const Reader database(in.at("database"));
  Manifest m;
  m.label = in.text("label");
  m.format = format_of(in.text("format"));
  m.database = {database.text("engine"), database.text("name"), database.text("system"), database.text("object")};
  m.server_version = in.text("server_version");
  m.url = in.text("url");
  m.environment = in.text("environment");
  m.data = in.text("data");
  for (const Json& file : in.list("files")) {
    const Reader one(file);
    m.files.push_back({one.text("name"), one.number("size"), one.text("sha256")});
  }
  m.started_at = in.text("started_at");
  m.finished_at = in.text("finished_at");
  for (const auto& [name, version] : std::get<Json::Object>(in.at("tools").data)) {
    m.tools.emplace_back(name, std::get<std::string>(version.data));
  }
  m.schema_only = in.flag("schema_only");
  m.data_only = in.flag("data_only");
  m.selected = in.flag("selected");
  m.wal = in.flag("wal");
  for (const Json& table : in.list("tables")) m.tables.push_back(table_from(table));
  for (const Json& text : in.list("excluded")) m.excluded.push_back(std::get<std::string>(text.data));
  m.who = in.text("who");
  m.host = in.text("host");
  return m;
}

Error damaged(const char* why) { return Error(ErrorKind::kVerify, cat("its manifest is damaged: ", why)); }

Manifest read_members(std::string_view text) {
  try {
    const Json json = parse_json(text);
    if (Reader(json).number("manifest") != kVersion) {
      throw Error(ErrorKind::kVerify, "its manifest is of another version of tide");
    }
    return manifest_from(json);
  } catch (const std::bad_variant_access&) {
    throw damaged("a member is missing or of another type");
  } catch (const Error& error) {
    if (error.kind == ErrorKind::kVerify) throw;
    throw damaged("it cannot be read");
  }
}

}  // namespace

std::string manifest_text(const Manifest& manifest) {
  Json::Object all = members(manifest);
  all.emplace_back("digest", sha256_hex(dump_json(all)));
  return dump_json(all, 2) + "\n";
}

Manifest parse_manifest(std::string_view text) {
  if (text.empty()) throw damaged("it is empty");
  Manifest manifest = read_members(text);
  if (manifest_text(manifest) != text) throw damaged("it is not as it was written");
  return manifest;
}

}  // namespace tide
