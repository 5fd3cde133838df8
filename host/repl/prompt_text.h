#pragma once

#include <string>

#include "tide/connection.h"

namespace tide {

struct PromptFacts {
  std::string environment;
  bool is_protected = false;
  std::string user;
  std::string access;  // "ro", "rw", "sandbox"
  TransactionState state = TransactionState::kIdle;
  bool superuser = false;
  int columns = 80;
  bool colours = false;  // each change of colour then stands between two \001
};

// "production ana ro=> ": the environment, on red where it is protected; the user; what is allowed; then as psql marks
// it: = no transaction, * one is open, ! one that failed, ? no connection; > or # for a superuser. Narrow terminals get
// less of it.
std::string prompt_of(const PromptFacts& facts);
std::string continuation_prompt(const PromptFacts& facts);  // of the same width

}  // namespace tide
