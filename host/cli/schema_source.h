#pragma once

#include <string>

#include "base/json.h"
#include "schema/snapshot.h"

namespace tide {

class Session;

// A schema that a command was pointed to.
struct NamedSchema {
  std::string name;  // for sentences
  Json snapshot;
};

// `where` is an environment of tide.toml, else a URL, else a snapshot file: an environment wins over a file of its name
// ("./dev" is the file). kConfig for none of these, naming the nearest environment.
NamedSchema find_schema(Session& session, const std::string& where, const SnapshotOptions& options = {});

// The schema of the session's own environment. No SQLite file is made for it.
NamedSchema own_schema(Session& session, const SnapshotOptions& options = {});

}  // namespace tide
