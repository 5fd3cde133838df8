#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <vector>

namespace tide {

enum class Severity : std::uint8_t { kAdvice, kDanger };
const char* severity_name(Severity severity);  // "advice", "danger"

// What lint knows to look for. docs/lint.md is written from these rows.
struct Rule {
  const char* name;
  Severity severity;
  bool by_size;         // it costs what the table holds: advice where the catalogs say that the table is small
  const char* catches;  // the statement, for a list
  const char* what;     // what happens, and under which lock
  const char* safe;     // the safe way, as Lua; {table}, {column} ... are filled in
};

const std::vector<Rule>& lint_rules();
std::vector<std::string> lint_rule_names();
// kInternal for a name that is none: the callers write it out.
const Rule& lint_rule(const std::string& name);
std::string rule_page(const Rule& rule);  // "docs/lint.md#create-index"

// The names in braces, and what is put there. A name without a value stays a word: {table} is "table".
using RuleValues = std::map<std::string, std::string>;
std::string fill_in(const std::string& text, const RuleValues& values);
std::string safe_way(const Rule& rule, const RuleValues& values);

// A rule that a script has silenced, and why.
struct Silence {
  std::string rule;
  std::string reason;
  int line = 0;  // in the script; 0 when unknown
};
// Why it is none, for an error: the rule is not known, or there is no reason; "" when it is fine.
std::string wrong_silence(const Silence& silence);

}  // namespace tide
