#include "schema/postgres_phases.h"

#include <iterator>
#include <utility>

namespace tide {

void PostgresPhases::add(Phase phase, std::string sql, std::string loss, std::string caution) {
  phases_[static_cast<std::size_t>(phase)].push_back({std::move(sql), std::move(loss), std::move(caution)});
}

Gap PostgresPhases::take() {
  for (auto& phase : phases_) {
    gap_.statements.insert(gap_.statements.end(), std::make_move_iterator(phase.begin()),
                           std::make_move_iterator(phase.end()));
  }
  return std::move(gap_);
}

}  // namespace tide
