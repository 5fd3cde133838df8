#pragma once

#include <string>

#include "tide/event.h"

namespace tide {

// A statement or an effect of a dry run. Everything but the statements stands in comments, so that the text is SQL that
// can be read and reviewed as SQL.
std::string recorded_text(const Event& event);

}  // namespace tide
