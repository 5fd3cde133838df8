#include "backup/report.h"

#include <cmath>

#include "base/text.h"
#include "sys/files.h"

namespace tide {
namespace {

constexpr std::size_t kShownTables = 20;

Json texts(const std::vector<std::string>& list) { return Json::List(list.begin(), list.end()); }

void add_text(Json::Object& object, const char* key, const std::string& text) {
  if (!text.empty()) object.emplace_back(key, text);
}

void add_rows(Json::Object& object, const char* key, const std::optional<std::int64_t>& rows) {
  if (rows) object.emplace_back(key, *rows);
}

Json tables_json(const std::vector<TableRows>& tables) {
  Json::List list;
  for (const TableRows& table : tables) {
    Json::Object one{{"table", table_text(table)}};
    add_rows(one, "rows", table.rows);
    list.emplace_back(std::move(one));
  }
  return list;
}

std::string rows_text(std::int64_t rows) { return cat(rows, rows == 1 ? " row" : " rows"); }

std::string table_line(const TableLoss& table) {
  if (!table.backup) return cat("  ", table.table, "  is not in the backup, has ", rows_text(*table.now), "\n");
  if (!table.now) return cat("  ", table.table, "  comes back with ", rows_text(*table.backup), "\n");
  const std::int64_t more = *table.now - *table.backup;
  return cat("  ", table.table, "  has ", rows_text(*table.now), ", the backup ", *table.backup, ": ",
             more > 0 ? cat(more, " more now") : cat(-more, " fewer now"), "\n");
}

}  // namespace

Json backup_json(const StoredBackup& backup) {
  if (!backup.manifest) {
    return Json::Object{{"label", backup.label},
                        {"dir", parent_directory(backup.folder)},
                        {"path", backup.folder},
                        {"problem", backup.problem}};
  }
  const Manifest& manifest = *backup.manifest;
  Json::Object out{{"label", backup.label},
                   {"dir", parent_directory(backup.folder)},
                   {"path", backup.data_path()},
                   {"format", format_name(manifest.format)},
                   {"size", manifest.size()},
                   {"sha256", manifest.sha256()},
                   {"database", manifest.database.name},
                   {"engine", manifest.database.engine}};
  add_text(out, "environment", manifest.environment);
  out.insert(out.end(), {{"server_version", manifest.server_version},
                         {"started_at", manifest.started_at},
                         {"finished_at", manifest.finished_at},
                         {"whole", manifest.whole()},
                         {"tables", tables_json(manifest.tables)},
                         {"excluded", texts(manifest.excluded)},
                         {"proof", proof_name(backup.proof ? backup.proof->proof : Proof::kNone)}});
  if (backup.proof) out.emplace_back("proven_at", backup.proof->at);
  return out;
}

Json backups_json(const std::vector<StoredBackup>& backups) {
  Json::List list;
  for (const StoredBackup& backup : backups) list.push_back(backup_json(backup));
  return list;
}

Json verification_json(const Verification& verification) {
  return Json::Object{{"label", verification.label},
                      {"proof", proof_name(verification.proof)},
                      {"notes", texts(verification.notes)},
                      {"duration_ms", std::round(verification.ms * 1000) / 1000}};
}

Json loss_json(const Loss& loss) {
  Json::List tables;
  for (const TableLoss& table : loss.tables) {
    Json::Object one{{"table", table.table}};
    add_rows(one, "now", table.now);
    add_rows(one, "backup", table.backup);
    tables.emplace_back(std::move(one));
  }
  Json::Object out{{"database", loss.database}, {"confirmation", loss.confirmation}};
  add_text(out, "size", loss.size);
  add_text(out, "unreadable", loss.unreadable);
  out.emplace_back("tables", std::move(tables));
  return out;
}

Json restoration_json(const Restoration& restoration) {
  Json::Object out{{"label", restoration.label}, {"database", restoration.database}};
  add_text(out, "kept", restoration.kept);
  out.emplace_back("notes", texts(restoration.notes));
  return out;
}

Json pruned_json(const Pruned& pruned) {
  return Json::Object{{"removed", texts(pruned.removed)},
                      {"kept", texts(pruned.kept)},
                      {"kept_as_last_verified", texts(pruned.verified)}};
}

Json copy_json(const CopyResult& copy) {
  return Json::Object{{"label", copy.label}, {"destination", copy.destination}};
}

std::string loss_text(const Loss& loss, const StoredBackup& backup) {
  const std::string taken = join(split(backup.manifest->started_at.substr(0, 19), 'T'), " ");
  std::string text = cat("restoring ", backup.label, ", taken at ", taken, " UTC, replaces ", loss.database,
                         loss.size.empty() ? "" : cat(" (", loss.size, ")"), "\n");
  if (!loss.unreadable.empty()) return cat(text, "  what would be lost is not known: ", loss.unreadable, "\n");
  for (std::size_t i = 0; i < loss.tables.size() && i < kShownTables; ++i) text += table_line(loss.tables[i]);
  if (loss.tables.size() > kShownTables) text += cat("  and ", loss.tables.size() - kShownTables, " more tables\n");
  if (loss.tables.empty()) text += "  every table has as many rows now as in the backup\n";
  return cat(text, "  whatever was changed since, also within rows, is lost from it\n");
}

}  // namespace tide
