#include "tide/error.h"

#include <iterator>

namespace tide {

namespace {

struct KindRow {
  const char* name;
  int exit_code;
};

// In the order of ErrorKind.
constexpr KindRow kKinds[] = {
    {"usage", 2},   {"config", 2}, {"connect", 3},       {"lock", 3}, {"sql", 1},     {"lua", 1},      {"verify", 4},
    {"pending", 5}, {"gate", 6},   {"interrupted", 130}, {"io", 1},   {"history", 1}, {"internal", 1},
};
static_assert(std::size(kKinds) == static_cast<std::size_t>(ErrorKind::kInternal) + 1);

const KindRow& row_of(ErrorKind kind) { return kKinds[static_cast<std::size_t>(kind)]; }

}  // namespace

const char* kind_name(ErrorKind kind) { return row_of(kind).name; }

int exit_code(ErrorKind kind) { return row_of(kind).exit_code; }

}  // namespace tide
