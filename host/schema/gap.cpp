#include "schema/gap.h"

#include "schema/json_tree.h"
#include "schema/postgres_gap.h"
#include "schema/sqlite_gap.h"

namespace tide {

Gap plan_gap(const Json& from, const Json& to) {
  return text_of(from, "engine") == "sqlite" ? plan_sqlite_gap(from, to) : plan_postgres_gap(from, to);
}

}  // namespace tide
