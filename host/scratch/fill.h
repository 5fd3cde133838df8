#pragma once

#include <cstdint>
#include <optional>
#include <string>

namespace tide {

// What a copy holds.
enum class Fill : std::uint8_t {
  kBackup,  // what a backup holds
  kSchema,  // the schema and tide's history: no rows but those of the history
  kFile,    // SQLite: the file as it is now
};
const char* fill_name(Fill fill);  // "backup", "schema", "file"

// What there is to choose from.
struct FillChoice {
  bool sqlite = false;
  std::string asked;          // a backup's label, or "newest"; empty = whatever is best
  bool schema_asked = false;  // only the schema
  std::string backup;         // label of the backup that would serve; empty = none
  std::string why_no_backup;  // for people, when there is none
  std::int64_t needed = 0;    // bytes of the database
  std::int64_t room = -1;     // bytes where the copy would stand; -1 = not known
};

struct ChosenFill {
  Fill fill = Fill::kSchema;
  std::string because;  // for people: why no better one
};

// kUsage when what was asked for is not there, kIo when there is no room for it.
ChosenFill choose_fill(const FillChoice& choice);

}  // namespace tide
