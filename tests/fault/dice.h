#pragma once

#include <chrono>
#include <cstdlib>
#include <random>

namespace tide::test {

// Where a test that strikes at random takes its instants from. TIDE_FAULT_ROUNDS is how many times each such test
// strikes (without it, as often as the test says itself); TIDE_FAULT_SEED repeats a sequence.
class Dice {
 public:
  int rounds(int usual) const { return number_from("TIDE_FAULT_ROUNDS", usual); }
  int between(int lowest, int highest) { return std::uniform_int_distribution<int>(lowest, highest)(random_); }
  bool coin() { return between(0, 1) == 1; }
  std::chrono::microseconds up_to(std::chrono::microseconds longest) {
    return std::chrono::microseconds(std::uniform_int_distribution<long>(0, longest.count())(random_));
  }

 private:
  static int number_from(const char* variable, int otherwise) {
    const char* text = std::getenv(variable);
    return text != nullptr ? std::atoi(text) : otherwise;
  }
  std::mt19937 random_{static_cast<std::mt19937::result_type>(number_from("TIDE_FAULT_SEED", 20250101))};
};

}  // namespace tide::test
