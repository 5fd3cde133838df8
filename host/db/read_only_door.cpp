#include "db/read_only_door.h"

#include <algorithm>
#include <array>

#include "base/text.h"
#include "db/sql_lexer.h"

namespace tide {
namespace {

struct Row {
  std::string_view word;  // lower case; one that ends in * is a beginning
  const char* why;
};

constexpr const char* kLocks = "takes a lock that outlives the statement";
constexpr const char* kOthers = "acts on other sessions or on the whole server";
constexpr const char* kFiles = "writes a file of the server or runs a program there";
constexpr const char* kObjects = "writes large objects";
constexpr const char* kElsewhere = "reaches another server, which knows of no read-only session";
constexpr const char* kLog = "writes to the server's log of changes";
constexpr const char* kStatistics = "resets statistics";
constexpr const char* kSequence = "moves a sequence";

constexpr Row kFunctions[] = {
    {"pg_advisory*", kLocks},
    {"pg_try_advisory*", kLocks},
    {"pg_terminate_backend", kOthers},
    {"pg_cancel_backend", kOthers},
    {"pg_reload_conf", kOthers},
    {"pg_rotate_logfile*", kOthers},
    {"pg_promote", kOthers},
    {"pg_notify", kOthers},
    {"pg_wal_replay_pause", kOthers},
    {"pg_wal_replay_resume", kOthers},
    {"pg_create_restore_point", kLog},
    {"pg_switch_wal", kLog},
    {"pg_logical_emit_message", kLog},
    {"pg_create_physical_replication_slot", kLog},
    {"pg_create_logical_replication_slot", kLog},
    {"pg_copy_physical_replication_slot", kLog},
    {"pg_copy_logical_replication_slot", kLog},
    {"pg_drop_replication_slot", kLog},
    {"pg_replication_slot_advance", kLog},
    {"pg_logical_slot_get_changes", kLog},
    {"pg_logical_slot_get_binary_changes", kLog},
    {"pg_replication_origin*", kLog},
    {"pg_backup_start", kOthers},
    {"pg_backup_stop", kOthers},
    {"pg_start_backup", kOthers},
    {"pg_stop_backup", kOthers},
    {"pg_stat_reset*", kStatistics},
    {"pg_stat_statements_reset", kStatistics},
    {"pg_import_system_collations", kOthers},
    {"pg_file_write", kFiles},
    {"pg_file_unlink", kFiles},
    {"pg_file_rename", kFiles},
    {"pg_file_sync", kFiles},
    {"lo_creat", kObjects},
    {"lo_create", kObjects},
    {"lo_from_bytea", kObjects},
    {"lo_import*", kObjects},
    {"lo_export", kFiles},
    {"lo_open", kObjects},
    {"lo_put", kObjects},
    {"lo_truncate*", kObjects},
    {"lo_unlink", kObjects},
    {"lowrite", kObjects},
    {"dblink*", kElsewhere},
    {"nextval", kSequence},
    {"setval", kSequence},
};

constexpr Row kVerbs[] = {
    {"notify", kOthers}, {"reindex", "rebuilds indexes"},         {"cluster", "rewrites tables"},
    {"vacuum", kOthers}, {"analyze", "writes statistics"},        {"analyse", "writes statistics"},
    {"load", kFiles},    {"lock", "keeps others from the table"}, {"checkpoint", kOthers},
};

bool fits(const Row& row, std::string_view word) {
  if (row.word.back() != '*') return row.word == word;
  return starts_with(word, row.word.substr(0, row.word.size() - 1));
}

template <std::size_t N>
const Row* find(const Row (&rows)[N], std::string_view word) {
  const auto found = std::find_if(std::begin(rows), std::end(rows), [&](const Row& row) { return fits(row, word); });
  return found == std::end(rows) ? nullptr : found;
}

// The first forbidden function that is named anywhere in the text.
const Row* find_function(const std::string& text, std::string& name) {
  for (std::size_t at = 0; at < text.size();) {
    std::size_t end = at;
    while (end < text.size() && is_name_byte(text[end])) ++end;
    if (end == at) {
      ++at;
      continue;
    }
    name = text.substr(at, end - at);
    if (const Row* row = find(kFunctions, name)) return row;
    at = end;
  }
  return nullptr;
}

// COPY ... TO anything but STDOUT.
bool copies_to_server(SqlLexer& lexer) {
  int depth = 0;
  for (Token token = lexer.next(); token.kind != TokenKind::kEnd; token = lexer.next()) {
    if (token.kind == TokenKind::kOpen) ++depth;
    if (token.kind == TokenKind::kClose) --depth;
    if (depth == 0 && token.kind == TokenKind::kWord && same_word(lexer.text(token), "TO")) {
      return !same_word(lexer.text(lexer.next()), "STDOUT");
    }
  }
  return false;
}

std::string refused_verb(std::string_view sql) {
  SqlLexer lexer(sql, Dialect::kPostgres);
  const std::string verb = lower(lexer.text(lexer.next()));
  if (const Row* row = find(kVerbs, verb)) return cat(verb, " ", row->why);
  if (verb == "copy" && copies_to_server(lexer)) return cat("COPY ... TO a file or program ", kFiles);
  if (verb == "prepare" && same_word(lexer.text(lexer.next()), "TRANSACTION")) {
    return "PREPARE TRANSACTION leaves a transaction behind";
  }
  return "";
}

}  // namespace

std::string refused_when_read_only(std::string_view sql) {
  std::string reason = refused_verb(sql);
  if (!reason.empty()) return reason;
  std::string name;
  const Row* row = find_function(lower(sql), name);
  return row == nullptr ? "" : cat(name, " ", row->why);
}

}  // namespace tide
