#pragma once

#include <string>
#include <vector>

#include "base/json.h"

namespace tide {

// How the two sides are called in sentences.
struct SchemaSides {
  std::string a;
  std::string b;
};

struct GapScript {
  std::string text;                    // a migration in Lua: `up` makes A like B, `down` B like A
  std::vector<std::string> unwritten;  // of `up`: what it leaves, sentence by sentence; it refuses to run then
};

// `command` is what the first line names as the writer.
GapScript write_gap_script(const Json& a, const Json& b, const SchemaSides& sides, const std::string& command);

}  // namespace tide
