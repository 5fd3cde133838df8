#include "sys/process_pipeline.h"

#include <poll.h>
#include <signal.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <limits>
#include <string>
#include <utility>

#include "base/text.h"
#include "sys/os_error.h"
#include "sys/process_streams.h"
#include "tide/error.h"

namespace tide {
namespace {

constexpr std::size_t kPiece = 64 * 1024;    // what a pipe holds
constexpr std::int64_t kLingerMs = 500;      // for output of what a program that has ended left running
constexpr std::int64_t kLookAgainMs = 10;    // at what nothing tells us of
constexpr std::int64_t kAfterKillMs = 1000;  // for what is stuck in the kernel
constexpr std::int64_t kNever = std::numeric_limits<std::int64_t>::max();
constexpr std::size_t kDescriptorsOfPart = 3;

void wake_up(void* self) noexcept {
  const std::uint64_t one = 1;
  [[maybe_unused]] const ssize_t put = ::write(static_cast<const Descriptor*>(self)->get(), &one, sizeof one);
}

}  // namespace

Pipeline::Part::Part(const Command& given)
    : command(&given),
      program(find_program_of(given)),
      out{Descriptor(), OutputStream::kOut, Capture(given.capture_limit)},
      err{Descriptor(), OutputStream::kErr, Capture(given.capture_limit)} {}

Pipeline::Pipeline(std::span<const Command> commands)
    : wake_(open_wake()), interrupt_(wake_up, &wake_), buffer_(new char[kPiece]) {
  if (commands.empty()) throw Error(ErrorKind::kUsage, "a pipeline needs a command");
  if (interrupted()) throw Error(ErrorKind::kInterrupted, "interrupted");
  parts_.reserve(commands.size());
  for (const Command& command : commands) {
    parts_.emplace_back(command);
    grace_ms_ = std::max(grace_ms_, command.grace_ms);
    if (timeout_ms_ == 0 || (command.timeout_ms > 0 && command.timeout_ms < timeout_ms_)) {
      timeout_ms_ = command.timeout_ms;
    }
  }
  Descriptor input = open_input(commands.front());
  for (Part& part : parts_) start(part, input, &part == &parts_.back());
}

void Pipeline::start(Part& part, Descriptor& input, bool last) {
  const std::string& file = part.command->stdout_file;
  Pipe err = open_pipe();
  Pipe out = last && !file.empty() ? Pipe{Descriptor(), open_output_file(file)} : open_pipe();
  part.child = Child(part.program, part.command->argv, {input.get(), out.write.get(), err.write.get()});
  part.err.fd = std::move(err.read);
  (last ? part.out.fd : input) = std::move(out.read);
}

std::vector<CommandResult> Pipeline::run() {
  while (!finished()) {
    read_ready(longest_wait_ms());
    look_for_ends();
    act_on_time();
  }
  // what stands in the pipes, which hold no more than this
  for (int pieces = 0; pieces < 16 && any_open() && read_ready(0); ++pieces) continue;
  if (by_user_) throw Error(ErrorKind::kInterrupted, cat("interrupted: ", text(), " was ended"));
  return results();
}

std::string Pipeline::text() const {
  std::string text;
  for (const Part& part : parts_) text += cat(text.empty() ? "" : " | ", command_text(part.command->argv));
  return text;
}

std::int64_t Pipeline::now_ms() const {
  return std::chrono::duration_cast<std::chrono::milliseconds>(std::chrono::steady_clock::now() - begun_).count();
}

// Waits until something has happened, and reads what has come. False when nothing has.
bool Pipeline::read_ready(std::int64_t timeout_ms) {
  std::vector<pollfd> polled{{wake_.get(), POLLIN, 0}};
  for (const Part& part : parts_) {
    polled.push_back({part.child.running() ? part.child.end_descriptor() : -1, POLLIN, 0});
    polled.push_back({part.out.fd.get(), POLLIN, 0});
    polled.push_back({part.err.fd.get(), POLLIN, 0});
  }
  const auto wait = static_cast<int>(std::min<std::int64_t>(timeout_ms, std::numeric_limits<int>::max()));
  const int ready = ::poll(polled.data(), polled.size(), timeout_ms == kNever ? -1 : wait);
  if (ready < 0 && errno != EINTR) throw os_error("wait for", "a program", errno);
  if (ready <= 0) return false;
  std::uint64_t count = 0;
  if (polled[0].revents != 0 && ::read(wake_.get(), &count, sizeof count) < 0) return false;
  for (std::size_t i = 0; i < parts_.size(); ++i) {
    const pollfd* of_part = &polled[1 + i * kDescriptorsOfPart];
    if (of_part[1].revents != 0) read(parts_[i], parts_[i].out);
    if (of_part[2].revents != 0) read(parts_[i], parts_[i].err);
  }
  return true;
}

void Pipeline::read(Part& part, Source& source) {
  const ssize_t got = ::read(source.fd.get(), buffer_.get(), kPiece);
  if (got < 0 && errno == EINTR) return;
  if (got <= 0) {
    source.fd = Descriptor();
    return;
  }
  const std::string_view piece(buffer_.get(), static_cast<std::size_t>(got));
  source.capture.add(piece);
  if (part.command->on_output) part.command->on_output(source.stream, piece);
}

void Pipeline::look_for_ends() {
  for (Part& part : parts_) {
    if (!part.child.look_for_end()) continue;
    part.result.ms = std::chrono::duration<double, std::milli>(std::chrono::steady_clock::now() - begun_).count();
    ended_at_ms_ = now_ms();
  }
  if (any_running()) return;
  for (Part& part : parts_) part.child.reap();
}

void Pipeline::act_on_time() {
  const std::int64_t now = now_ms();
  if (ending_) return send_due();
  if (!any_running()) return;
  if (interrupted()) {
    by_user_ = true;
    return end_all({{SIGINT, now}, {SIGTERM, now + grace_ms_ / 2}, {SIGKILL, now + grace_ms_}});
  }
  if (timeout_ms_ == 0 || now < timeout_ms_) return;
  for (Part& part : parts_) part.result.timed_out = part.child.running();
  end_all({{SIGTERM, now}, {SIGKILL, now + grace_ms_}});
}

void Pipeline::end_all(std::deque<Due> signals) {
  ending_ = true;
  due_ = std::move(signals);
  send_due();
}

void Pipeline::send_due() {
  for (; !due_.empty() && due_.front().at_ms <= now_ms(); due_.pop_front()) {
    for (Part& part : parts_) {
      part.child.signal_group(due_.front().signal);
      part.child.signal_group(SIGCONT);  // a stopped program would not notice
    }
    killed_at_ms_ = now_ms();
  }
}

bool Pipeline::finished() const {
  if (any_running()) return false;
  if (!ending_) return !any_open() || interrupted() || now_ms() >= ended_at_ms_ + kLingerMs;
  return !any_group_alive() || (due_.empty() && now_ms() >= killed_at_ms_ + kAfterKillMs);
}

std::int64_t Pipeline::longest_wait_ms() const {
  std::int64_t until = kNever;
  const std::int64_t now = now_ms();
  if (!any_running()) until = ending_ ? now + kLookAgainMs : ended_at_ms_ + kLingerMs;
  if (any_running() && !ending_ && timeout_ms_ > 0) until = timeout_ms_;
  if (!due_.empty()) until = std::min(until, due_.front().at_ms);
  for (const Part& part : parts_) {
    if (part.child.running() && part.child.end_descriptor() < 0) until = std::min(until, now + kLookAgainMs);
  }
  return until == kNever ? kNever : std::max<std::int64_t>(until - now, 0);
}

bool Pipeline::any_running() const {
  return std::any_of(parts_.begin(), parts_.end(), [](const Part& part) { return part.child.running(); });
}

bool Pipeline::any_open() const {
  return std::any_of(parts_.begin(), parts_.end(), [](const Part& part) { return part.out.fd || part.err.fd; });
}

bool Pipeline::any_group_alive() const {
  return std::any_of(parts_.begin(), parts_.end(), [](const Part& part) { return part.child.leaves_group(); });
}

std::vector<CommandResult> Pipeline::results() {
  std::vector<CommandResult> results;
  for (Part& part : parts_) {
    CommandResult& result = part.result;
    result.code = part.child.code();
    result.signal = part.child.signal();
    result.out_bytes = part.out.capture.bytes();
    result.err_bytes = part.err.capture.bytes();
    result.out = part.out.capture.take();
    result.err = part.err.capture.take();
    result.left_running = part.out.fd || part.err.fd;
    results.push_back(std::move(result));
  }
  return results;
}

}  // namespace tide
