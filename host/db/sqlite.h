#pragma once

#include <memory>
#include <string>
#include <string_view>

#include "db/drivers.h"
#include "tide/connection.h"

namespace tide {

// sqlite:relative/path, sqlite:/absolute, sqlite:///absolute, sqlite::memory:, each with ?mode=, ?busy_timeout=,
// ?foreign_keys=. "sqlite3:" is the same.
bool accepts_sqlite(std::string_view url);

// kConfig for a URL that cannot be read, kConnect for a file that cannot be opened as a database; both name the path.
std::unique_ptr<Connection> open_sqlite(const std::string& url, const ConnectOptions& options);

}  // namespace tide
