#pragma once

#include "base/json.h"
#include "schema/gap.h"

namespace tide {

Gap plan_postgres_gap(const Json& from, const Json& to);

}  // namespace tide
