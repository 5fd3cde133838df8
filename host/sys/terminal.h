#pragma once

#include <functional>
#include <optional>
#include <string>

namespace tide {

// Whether a person sits at both ends: standard input and standard error are terminals.
bool has_person() noexcept;

// Calls `show_question`, then reads the line that is typed, without its end; nothing at the end of the input. A hidden
// answer is not shown. kInterrupted after Ctrl-C.
std::optional<std::string> ask_person(const std::function<void()>& show_question, bool hidden);

}  // namespace tide
