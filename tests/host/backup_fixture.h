#pragma once

#include <gtest/gtest.h>

#include <functional>
#include <string>
#include <vector>

#include "backup/create.h"
#include "backup/verify.h"
#include "support/databases.h"
#include "support/temp_dir.h"

namespace tide::test {

// A database with two filled tables and an empty one, and a folder for its backups.
class BackupFixture {
 public:
  explicit BackupFixture(const std::string& engine);

  bool postgres() const { return engine_ == "postgres"; }
  const BackupContext& context() const { return context_; }
  BackupContext& context() { return context_; }
  const std::string& url() const { return database_.url(); }
  void execute(const std::string& sql) const;
  std::string value(const std::string& sql) const;

  StoredBackup create(const std::string& label, const std::function<void(CreateOptions&)>& set = {}) const;
  Verification verify(const StoredBackup& backup, Proof level) const;
  // Why verify refuses it at this level; a failure of the test when it does not.
  std::string refusal(const StoredBackup& backup, Proof level = Proof::kHash) const;
  // The manifest is made to fit what the files are now: only what is in them can tell the truth.
  StoredBackup with_fitting_manifest(StoredBackup backup, const std::function<void(Manifest&)>& change = {}) const;
  // What `list` shows.
  std::vector<std::string> labels() const;
  // What stands in the folder, whatever its name, but for the lock that guards it.
  std::vector<std::string> entries() const;

 private:
  std::string engine_;
  TestDatabase database_;
  TempDir folder_;
  BackupContext context_;
};

// The formats of an engine.
std::vector<BackupFormat> formats_of(const BackupFixture& fixture);

std::string bytes_of(const std::string& path);
void write_bytes(const std::string& path, const std::string& bytes);

}  // namespace tide::test
