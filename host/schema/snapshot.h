#pragma once

#include <string>
#include <string_view>

#include "base/json.h"
#include "tide/connection.h"

namespace tide {

constexpr int kSnapshotFormat = 1;

struct SnapshotOptions {
  bool grants = false;  // owners and privileges too (PostgreSQL)
};

// The schema of a database as one plain value, the same for the same schema:
//
//   { "format": 1, "engine": "postgres", "server": 15,
//     "tables": { "public.users": { "columns": { "id": { "type": "bigint", "not_null": true } },
//                                   "constraints": { ... }, "indexes": { ... } } },
//     "views": { ... } ... }
//
// An object stands under its kind and its name, quoted and with its schema as SQL would write it (on SQLite the bare
// name); its parts (columns, indexes ...) under their bare names. Everything is sorted but columns, which keep their
// order, and what is false or at its default is left out. Nothing in it is volatile. Objects of extensions, of tide and
// of the system are left out.
//
// Read in one snapshot of the data: the caller's transaction (which is left as it was), or one of its own.
// kSql when a catalog cannot be read; it names the user.
Json read_snapshot(Connection& connection, const SnapshotOptions& options = {});

// As it is saved: one property a line.
std::string snapshot_text(Json snapshot);

// kConfig naming `file` and the place for what is no snapshot, or one of a newer format.
Json parse_snapshot(std::string_view text, const std::string& file);

// SHA-256 of what `diff_snapshots` compares: the same for two snapshots between which it finds no difference.
std::string snapshot_digest(const Json& snapshot);

}  // namespace tide
