#pragma once

#include <functional>
#include <thread>

namespace tide {

// A thread that gets no signal: Ctrl-C is the main thread's, where it ends sleeps and reads.
std::thread thread_without_signals(const std::function<void()>& work);

}  // namespace tide
