#pragma once

#include <sys/types.h>

namespace tide {

// Whether a process of the group runs. One that has ended and that nobody has waited for does not count: where the
// first process of a container waits for nobody, it stays for ever.
bool group_alive(pid_t group);

}  // namespace tide
