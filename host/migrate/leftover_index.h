#pragma once

#include <cstdint>

#include "migrate/index_words.h"
#include "tide/connection.h"
#include "tide/event.h"

namespace tide {

// Before a CREATE INDEX CONCURRENTLY outside of a transaction: drops, concurrently, the invalid index of that name on
// that table, which a failed attempt has left and which IF NOT EXISTS would accept; kWarning says so, and also names
// invalid indexes of the table where the statement leaves the name to the server. One that another session is still
// building is waited for first, for `patience_ms`; then kLock.
void make_way_for(const IndexWords& words, Connection& connection, const EventStream& events, std::int64_t patience_ms);

// Of CREATE INDEX IF NOT EXISTS inside a transaction: kVerify when the index is there and invalid.
void refuse_invalid(const IndexWords& words, Connection& connection);

}  // namespace tide
