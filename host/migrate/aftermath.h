#pragma once

#include <cstdint>
#include <string>

#include "migrate/work.h"
#include "tide/connection.h"
#include "tide/error.h"

namespace tide {

// What is said of a step that failed, beside the error itself.

// "20250101000000 create_users"
std::string label(const Work& work);

// Whether it gave up on a lock: in time, or in a deadlock that the server resolved.
bool gave_up_on_lock(const Error& error);

// What to do about a step that was rolled back.
std::string advice_after(const Error& error, Direction direction);

// What became of a transaction of which `all` names everything that it did.
void note_fate(const Connection& connection, const std::string& all, Error& error);

// What is left of a migration without a transaction, `committed` statements of it, and what to do about it. Its row is
// `failed` when that could be `recorded`; else (a lost connection, a full disk) it stays `running`, which is taken on
// without being resolved.
void note_half_done(const Work& work, std::int64_t committed, bool recorded, Error& error);

}  // namespace tide
