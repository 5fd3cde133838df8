#pragma once

#include <string>

#include "repl/rows.h"

namespace tide {

class Session;

// --csv, --markdown, --expanded and --json; kUsage for two of them.
RowFormat chosen_format(const Session& session);

// What stands behind the command, or in standard input when that is "-" or nothing. kUsage when there is neither.
std::string text_or_input(const Session& session, const std::string& positional);

}  // namespace tide
