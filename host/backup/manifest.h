#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace tide {

// How far a backup has been proven, each including those before it.
enum class Proof : std::uint8_t {
  kNone,
  kHash,          // the file is the one that was written: size and SHA-256
  kDecompressed,  // every byte of it can be read as the format it claims to be
  kRestored,      // restored into a throwaway database, and every table has the rows that the manifest counted
};
const char* proof_name(Proof proof);  // "none", "hash", "decompressed", "restored"
// kUsage for another word.
Proof proof_of(std::string_view name);

enum class BackupFormat : std::uint8_t { kCustom, kDirectory, kPlain, kSqlite };
const char* format_name(BackupFormat format);  // "custom", "directory", "plain", "sqlite"
// kUsage for another word.
BackupFormat format_of(std::string_view name);

// Which database it is, whatever its address. Two are the same one when system and object are equal and known.
struct DatabaseIdentity {
  std::string engine;  // "postgres", "sqlite"
  std::string name;    // the database; of SQLite the absolute path of the file
  std::string
      system;  // PostgreSQL: the cluster's system identifier, "" when the server does not tell; SQLite: the path
  std::string object;  // PostgreSQL: the database's oid; SQLite: the file's inode
};
bool same_database(const DatabaseIdentity& a, const DatabaseIdentity& b);
// Where a backup of the one may be put back: the same name on the same server, or the same path; also when what was
// there has been dropped and made again, or restored.
bool same_place(const DatabaseIdentity& a, const DatabaseIdentity& b);
// "app", or the file's own name.
std::string short_name(const DatabaseIdentity& identity);

struct TableRows {
  std::string schema;  // empty on SQLite
  std::string name;
  std::optional<std::int64_t> rows;  // none: the backup holds no rows
};
std::string table_text(const TableRows& table);  // "public.users", "users"

struct BackupFile {
  std::string name;  // relative to the backup's folder
  std::int64_t size = 0;
  std::string sha256;
};

// What stands beside the data of a backup.
struct Manifest {
  std::string label;
  BackupFormat format = BackupFormat::kCustom;
  DatabaseIdentity database;
  std::string server_version;  // "15.18"
  std::string url;             // without its password
  std::string environment;
  std::string data;  // the file, or the folder of format directory, in the backup's folder
  std::vector<BackupFile> files;
  std::string started_at;  // ISO, UTC
  std::string finished_at;
  std::vector<std::pair<std::string, std::string>> tools;  // name, version
  std::vector<TableRows> tables;                           // counted in the snapshot that was dumped
  std::vector<std::string> excluded;                       // for people: what of the database is not in it
  bool schema_only = false;
  bool data_only = false;
  bool selected = false;  // only the tables named
  bool wal = false;       // SQLite: the database was in WAL mode
  std::string who;
  std::string host;

  bool whole() const { return !schema_only && !data_only && !selected; }
  std::int64_t size() const;
  // Of the one file; of several, the digest of "<sha256>  <name>\n" of each, as sha256sum writes it.
  std::string sha256() const;
};

// The file's text. Its last member is a digest of all before it, so that a changed manifest is noticed.
std::string manifest_text(const Manifest& manifest);
// kVerify when the text is not one that manifest_text made.
Manifest parse_manifest(std::string_view text);

}  // namespace tide
