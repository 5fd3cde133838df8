#pragma once

#include "cli/schema_source.h"

namespace tide {

class Session;

// Prints what differs between two schemas, as text or as JSON, and with --write NAME writes the migration that makes
// `a` like `b`. Returns the exit code: 5 when something differs.
int show_differences(Session& session, const NamedSchema& a, const NamedSchema& b);

}  // namespace tide
