#pragma once

#include <cstdint>
#include <functional>
#include <string>
#include <vector>

#include "backup/manifest.h"

namespace tide {

// Bytes done so far, of how many.
using ByteProgress = std::function<void(std::int64_t done, std::int64_t total)>;

// The regular files below `folder/data`, or that file itself: relative to `folder`, sorted, with their sizes. Links and
// everything else that is no file are kIo: a backup has none.
std::vector<BackupFile> files_of(const std::string& folder, const std::string& data);
// Fills in the digests.
void hash_files(const std::string& folder, std::vector<BackupFile>& files, const ByteProgress& progress);
// Puts files and the folders that hold them on disk.
void sync_tree(const std::string& path);
void sync_folder(const std::string& path);
std::int64_t tree_size(const std::string& path);  // 0 when it is not there; never raises
// Into the new folder `to`, synced.
void copy_tree(const std::string& from, const std::string& to, const ByteProgress& progress);
void remove_tree(const std::string& path) noexcept;

// What is left on the disk that holds `path`; -1 when the system does not tell.
std::int64_t free_bytes(const std::string& path);
std::string size_text(std::int64_t bytes);  // "12.3 MB", by 1000

}  // namespace tide
