#pragma once

#include <string>

namespace tide {

// "4711.123456": process id and start time, so that a number used again by another process is not taken for the first;
// "4711.0" where /proc does not tell.
std::string own_process_identity();
// Whether that process runs on this machine. A text that own_process_identity() did not make is nobody's.
bool process_alive(const std::string& identity);

}  // namespace tide
