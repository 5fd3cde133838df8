#include "migrate/lock.h"

#include <algorithm>
#include <chrono>
#include <thread>

#include "base/text.h"
#include "migrate/lock_methods.h"
#include "sys/interrupt.h"
#include "tide/error.h"

namespace tide {
namespace {

using Clock = std::chrono::steady_clock;
using std::chrono::milliseconds;

constexpr milliseconds kFirstPause{50};
constexpr milliseconds kLongestPause{500};
constexpr milliseconds kInterruptCheck{50};

std::unique_ptr<MigratorLock::Method> method_for(Connection& connection, const LockOptions& options) {
  const ConnectionInfo& info = connection.info();
  if (info.engine != "sqlite") return advisory_lock(connection, options);
  if (info.database.empty() || info.database == ":memory:") return nullptr;
  return file_lock(info.database, options);
}

void pause_until(Clock::time_point end) {
  while (Clock::now() < end) {
    if (interrupted()) throw Error(ErrorKind::kInterrupted, "interrupted while waiting for another migrator");
    std::this_thread::sleep_for(std::min<Clock::duration>(kInterruptCheck, end - Clock::now()));
  }
}

Error not_obtained(const std::string& holder, std::int64_t timeout_ms) {
  std::string who = holder.empty() ? "another migrator" : holder;
  std::string waited = timeout_ms > 0 ? cat(" (waited ", human_duration(static_cast<double>(timeout_ms)), ")") : "";
  return Error(ErrorKind::kLock, cat("the migrator lock is held by ", who, waited))
      .advise("tide history   (what the other one has done)")
      .advise("--lock-timeout 10m   (waits longer)");
}

// Waits, and tells about it when there is something new to tell.
void wait_for(MigratorLock::Method& method, const LockOptions& options) {
  Clock::time_point deadline = Clock::now() + milliseconds(options.timeout_ms);
  milliseconds pause = kFirstPause;
  std::string told;
  while (!method.try_lock()) {
    std::string holder = method.holder();
    if (Clock::now() >= deadline) throw not_obtained(holder.empty() ? told : holder, options.timeout_ms);
    if (!holder.empty() && holder != told && options.events) {
      Event event{Event::Kind::kWaiting};
      event.text = cat("the migrator lock is held by ", holder);
      options.events->emit(event);
      told = holder;
    }
    pause_until(std::min<Clock::time_point>(deadline, Clock::now() + pause));
    pause = std::min(pause * 2, kLongestPause);
  }
}

}  // namespace

MigratorLock::MigratorLock(Connection& connection, const LockOptions& options)
    : method_(method_for(connection, options)) {
  if (method_) wait_for(*method_, options);
  checked_ = Clock::now();
}

MigratorLock::~MigratorLock() = default;

bool MigratorLock::held() { return !method_ || method_->held(); }

void MigratorLock::check(milliseconds fresh) {
  if (Clock::now() - checked_ < fresh) return;
  if (!held()) {
    throw Error(ErrorKind::kLock,
                "the migrator lock was lost together with its session: another migrator may be at work")
        .note_done("nothing more was begun")
        .advise("tide up   (goes on, under the lock)");
  }
  checked_ = Clock::now();
}

}  // namespace tide
