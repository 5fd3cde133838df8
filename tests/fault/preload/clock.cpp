// For LD_PRELOAD. The clock that tells the time of day is wrong by TIDE_CLOCK_SHIFT seconds; those that measure how
// long something takes are right.

#include <dlfcn.h>
#include <sys/time.h>
#include <time.h>

#include <cstdlib>

namespace {

template <class Function>
Function real(const char* name) {
  return reinterpret_cast<Function>(dlsym(RTLD_NEXT, name));
}

long shift() {
  static const long seconds = [] {
    const char* text = std::getenv("TIDE_CLOCK_SHIFT");
    return text != nullptr ? std::atol(text) : 0;
  }();
  return seconds;
}

}  // namespace

extern "C" {

int clock_gettime(clockid_t clock, timespec* into) noexcept {
  static const auto next = real<int (*)(clockid_t, timespec*)>("clock_gettime");
  const int result = next(clock, into);
  if (clock == CLOCK_REALTIME) into->tv_sec += shift();
  return result;
}

int gettimeofday(timeval* into, void* zone) noexcept {
  static const auto next = real<int (*)(timeval*, void*)>("gettimeofday");
  const int result = next(into, zone);
  into->tv_sec += shift();
  return result;
}

time_t time(time_t* into) noexcept {
  static const auto next = real<time_t (*)(time_t*)>("time");
  const time_t now = next(nullptr) + shift();
  if (into != nullptr) *into = now;
  return now;
}

}  // extern "C"
