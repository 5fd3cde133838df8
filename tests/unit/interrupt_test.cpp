#include "sys/interrupt.h"

#include <gtest/gtest.h>
#include <signal.h>
#include <unistd.h>

#include <atomic>
#include <memory>
#include <vector>

#include "tide/error.h"

namespace tide {
namespace {

void count(void* self) noexcept { static_cast<std::atomic<int>*>(self)->fetch_add(1); }

TEST(Interrupt, tells_every_target_that_is_alive) {
  install_interrupt_handlers();
  clear_interrupt();
  std::atomic<int> kept{0}, gone{0};
  InterruptTarget target(count, &kept);
  { InterruptTarget short_lived(count, &gone); }
  ::raise(SIGINT);
  EXPECT_TRUE(interrupted());
  EXPECT_EQ(kept, 1);
  EXPECT_EQ(gone, 0);
  clear_interrupt();
  EXPECT_FALSE(interrupted());
  ::raise(SIGTERM);
  EXPECT_TRUE(interrupted());
  EXPECT_EQ(kept, 2);
  clear_interrupt();
}

TEST(Interrupt, sent_twice_at_once_is_one) {
  install_interrupt_handlers();
  clear_interrupt();
  ::raise(SIGINT);
  ::raise(SIGINT);
  EXPECT_TRUE(interrupted());
  clear_interrupt();
}

TEST(InterruptDeathTest, sent_again_leaves_at_once) {
  EXPECT_EXIT(
      {
        install_interrupt_handlers();
        ::raise(SIGINT);
        ::usleep(150000);
        ::raise(SIGINT);
      },
      testing::ExitedWithCode(130), "");
}

TEST(InterruptDeathTest, that_was_ignored_at_the_start_stays_ignored) {
  EXPECT_EXIT(
      {
        ::signal(SIGINT, SIG_IGN);
        install_interrupt_handlers();
        ::raise(SIGINT);
        ::_exit(interrupted() ? 1 : 0);
      },
      testing::ExitedWithCode(0), "");
}

TEST(Interrupt, more_targets_than_there_is_room_for_are_refused) {
  std::atomic<int> told{0};
  std::vector<std::unique_ptr<InterruptTarget>> targets;
  auto add_many = [&] {
    for (int i = 0; i < 65; ++i) targets.push_back(std::make_unique<InterruptTarget>(count, &told));
  };
  EXPECT_THROW(add_many(), Error);
  targets.clear();
  EXPECT_NO_THROW(InterruptTarget(count, &told));
}

}  // namespace
}  // namespace tide
