#pragma once

#include <string>
#include <vector>

#include "lint/lint.h"
#include "migrate/engine.h"

namespace tide {

// What a dry run has recorded; `lock_timeout` is the environment's.
std::vector<LintUnit> units_of(const RunReport& dry_run, const std::string& lock_timeout);

// The up part of a SQL file, as `up` would send it. psql commands that run something else are marked as opaque.
// kConfig as parse_sql, kIo when it cannot be read.
LintUnit unit_of_file(const std::string& path);

}  // namespace tide
