#pragma once

#include "base/json.h"
#include "schema/gap.h"

namespace tide {

// Tables that ALTER TABLE cannot change are made anew beside the old ones, filled from them and renamed, with foreign
// keys off: https://www.sqlite.org/lang_altertable.html#otheralter
Gap plan_sqlite_gap(const Json& from, const Json& to);

}  // namespace tide
