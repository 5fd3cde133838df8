#include "host/backup_fixture.h"

#include <algorithm>
#include <fstream>
#include <sstream>

#include "backup/tree.h"
#include "sys/files.h"

namespace tide::test {

BackupFixture::BackupFixture(const std::string& engine) : engine_(engine), database_(engine) {
  context_.environment = "dev";
  context_.url = database_.url();
  context_.dir = folder_ / "backups";
  context_.who = "tester";
  context_.host = "testhost";
  context_.version = "1.2.3";
  execute("CREATE TABLE users (id integer PRIMARY KEY, name text NOT NULL)");
  execute("INSERT INTO users VALUES (1, 'ada'), (2, 'grace'), (3, 'edsger')");
  execute("CREATE TABLE orders (id integer PRIMARY KEY, user_id integer NOT NULL REFERENCES users)");
  execute("INSERT INTO orders VALUES (1, 1), (2, 1)");
  execute("CREATE TABLE empty_one (n integer)");
}

void BackupFixture::execute(const std::string& sql) const { database_.connect()->execute(sql); }

std::string BackupFixture::value(const std::string& sql) const { return first_text(*database_.connect(), sql); }

StoredBackup BackupFixture::create(const std::string& label, const std::function<void(CreateOptions&)>& set) const {
  CreateOptions options;
  options.label = label;
  if (set) set(options);
  return create_backup(context_, options);
}

Verification BackupFixture::verify(const StoredBackup& backup, Proof level) const {
  VerifyOptions options;
  options.level = level;
  return verify_backup(context_, backup, options);
}

std::string BackupFixture::refusal(const StoredBackup& backup, Proof level) const {
  const Error error = raised([&] { verify(backup, level); });
  EXPECT_EQ(error.kind, ErrorKind::kVerify) << error.message;
  return error.message;
}

StoredBackup BackupFixture::with_fitting_manifest(StoredBackup backup,
                                                  const std::function<void(Manifest&)>& change) const {
  backup.manifest->files = files_of(backup.folder, backup.manifest->data);
  hash_files(backup.folder, backup.manifest->files, [](std::int64_t, std::int64_t) {});
  if (change) change(*backup.manifest);
  write_file(backup.folder + kManifestFile, manifest_text(*backup.manifest));
  return backup;
}

std::vector<std::string> BackupFixture::labels() const {
  std::vector<std::string> labels;
  for (const StoredBackup& backup : list_backups(context_.dir)) labels.push_back(backup.label);
  return labels;
}

std::vector<std::string> BackupFixture::entries() const {
  std::vector<std::string> names;
  if (!is_directory(context_.dir)) return names;
  for (const DirectoryEntry& entry : list_directory(context_.dir)) {
    if (entry.name != ".tide-backup-lock") names.push_back(entry.name);
  }
  std::sort(names.begin(), names.end());
  return names;
}

std::vector<BackupFormat> formats_of(const BackupFixture& fixture) {
  if (!fixture.postgres()) return {BackupFormat::kSqlite};
  return {BackupFormat::kCustom, BackupFormat::kDirectory, BackupFormat::kPlain};
}

std::string bytes_of(const std::string& path) {
  std::ostringstream text;
  text << std::ifstream(path, std::ios::binary).rdbuf();
  return text.str();
}

void write_bytes(const std::string& path, const std::string& bytes) {
  std::ofstream(path, std::ios::binary | std::ios::trunc) << bytes;
}

}  // namespace tide::test
