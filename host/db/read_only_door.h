#pragma once

#include <string>
#include <string_view>

namespace tide {

// Why a read-only session does not send this statement to PostgreSQL, though the server would run it in a read-only
// transaction; "" when it is sent. What writes rows or changes objects is not looked for: that the server refuses.
// This is about the rest, which no transaction holds back: locks of a session, signals to other sessions, files and
// programs of the server, large objects (before PostgreSQL 16), other servers. Words count wherever they stand, also
// in strings, so that DO and EXECUTE do not hide them; a name that is put together at run time is not seen.
std::string refused_when_read_only(std::string_view sql);

}  // namespace tide
