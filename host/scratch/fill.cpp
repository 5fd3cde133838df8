#include "scratch/fill.h"

#include "backup/tree.h"
#include "base/text.h"
#include "tide/error.h"

namespace tide {
namespace {

// A restored database has no dead rows, but its WAL and the rewriting of a large table stand beside it.
bool has_room(const FillChoice& choice) { return choice.room < 0 || choice.room / 2 >= choice.needed; }

std::string too_little(const FillChoice& choice) {
  return cat("the database has ", size_text(choice.needed), ", and there are ", size_text(choice.room),
             " where the copy would stand");
}

}  // namespace

const char* fill_name(Fill fill) {
  if (fill == Fill::kBackup) return "backup";
  return fill == Fill::kSchema ? "schema" : "file";
}

ChosenFill choose_fill(const FillChoice& choice) {
  if (choice.schema_asked && choice.sqlite) {
    throw Error(ErrorKind::kUsage, "--schema-only means nothing for SQLite: the whole file is copied");
  }
  if (choice.schema_asked) return {Fill::kSchema, "that was asked for"};
  const bool backup = !choice.asked.empty() || !choice.sqlite;
  if (!choice.asked.empty() && choice.backup.empty()) throw Error(ErrorKind::kUsage, choice.why_no_backup);
  if (backup && choice.backup.empty()) return {Fill::kSchema, choice.why_no_backup};
  if (has_room(choice)) return {backup ? Fill::kBackup : Fill::kFile, ""};
  if (choice.asked.empty() && !choice.sqlite) return {Fill::kSchema, too_little(choice)};
  throw Error(ErrorKind::kIo, too_little(choice)).advise("set TMPDIR to a folder with more room");
}

}  // namespace tide
