#pragma once

#include "lua/work_context.h"

namespace tide {

class Session;

// Who works on data fixes here, of which run when this is `tide work`, and how another worker is started.
WorkContext work_context(Session& session);

}  // namespace tide
