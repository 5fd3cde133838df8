#include "repl/prompt_text.h"

#include <algorithm>

#include "base/text.h"
#include "cli/width.h"

namespace tide {
namespace {

constexpr int kWide = 50;    // columns from which the user is shown
constexpr int kNarrow = 30;  // and the environment

char state_mark(TransactionState state) {
  switch (state) {
    case TransactionState::kIdle:
      return '=';
    case TransactionState::kOpen:
      return '*';
    case TransactionState::kFailed:
      return '!';
    default:
      return '?';
  }
}

std::string painted(const char* code, const std::string& text) {
  return cat("\001\033[", code, "m\001", text, "\001\033[0m\001");
}

std::string environment_text(const PromptFacts& facts) {
  const std::string name = clip(facts.environment, std::max(facts.columns / 3, 4));
  if (!facts.colours) return facts.is_protected && facts.access != "ro" ? cat(name, "!!") : name;
  return facts.is_protected ? painted("1;97;41", cat(" ", name, " ")) : painted("1;36", name);
}

std::string rest_of(const PromptFacts& facts) {
  const std::string user = facts.columns >= kWide && !facts.user.empty() ? cat(facts.user, " ") : "";
  return cat(user, facts.access, state_mark(facts.state), facts.superuser ? "# " : "> ");
}

}  // namespace

std::string prompt_of(const PromptFacts& facts) {
  if (facts.columns < kNarrow) return rest_of(facts);
  return cat(environment_text(facts), " ", rest_of(facts));
}

std::string continuation_prompt(const PromptFacts& facts) {
  PromptFacts plain = facts;
  plain.colours = false;
  const int width = display_width(prompt_of(plain)) + (facts.colours && facts.is_protected ? 2 : 0);
  return cat(std::string(static_cast<std::size_t>(std::max(width - 3, 0)), ' '), "-> ");
}

}  // namespace tide
