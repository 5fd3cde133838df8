#pragma once

#include <array>
#include <cstdint>
#include <string>
#include <vector>

#include "schema/gap.h"

namespace tide {

// The order of the statements. Within a phase they stand as they were added.
enum class Phase : std::uint8_t {
  kLoosen,  // what hangs on tables and is made again or gone: triggers, policies, rules
  kUnbind,  // foreign keys
  kDropIndexes,
  kDropConstraints,
  kDropDependents,  // views, and functions that are made anew; in reverse order of use
  kSchemas,
  kPrepare,  // extensions
  kBuild,    // what is made or altered, in order of use
  kIndexes,
  kBind,    // foreign keys
  kFinish,  // triggers, policies, rules, comments
  kDrop,    // what nobody uses any more, in reverse order of use
  kDropExtensions,
  kDropSchemas,
  kCount,
};

class PostgresPhases {
 public:
  void add(Phase phase, std::string sql, std::string loss = "", std::string caution = "");
  void add_before(std::string sql) { gap_.before.push_back({std::move(sql), "", ""}); }
  void refuse(std::string sentence) { gap_.unwritten.push_back(std::move(sentence)); }
  Gap take();

 private:
  Gap gap_;
  std::array<std::vector<GapStatement>, static_cast<std::size_t>(Phase::kCount)> phases_;
};

}  // namespace tide
