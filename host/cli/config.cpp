#include "cli/config.h"

#include <toml++/toml.h>

#include <algorithm>

#include "base/text.h"
#include "migrate/gates.h"
#include "tide/error.h"

namespace tide {
namespace {

constexpr int kLargestCount = 1000000;

int line_of(const toml::source_region& region) { return static_cast<int>(region.begin.line); }

// One table of the file, with the keys it may have.
class Section {
 public:
  Section(const toml::table& table, std::string title, std::vector<std::string> allowed, const std::string& file)
      : table_(table), title_(std::move(title)), file_(file) {
    for (const auto& [key, node] : table_) {
      const std::string name(key.str());
      if (std::find(allowed.begin(), allowed.end(), name) == allowed.end())
        refuse(name, line_of(key.source()), allowed);
    }
  }

  int line(const char* key) const {
    const toml::node* node = table_.get(key);
    return node ? line_of(node->source()) : 0;
  }

  void read(const char* key, std::string& into) const {
    const toml::node* node = table_.get(key);
    if (!node) return;
    const auto* text = node->as_string();
    if (!text) bad(key, "is a text in quotes", *node);
    into = text->get();
  }

  void read(const char* key, bool& into) const {
    const toml::node* node = table_.get(key);
    if (!node) return;
    const auto* flag = node->as_boolean();
    if (!flag) bad(key, "is true or false, without quotes", *node);
    into = flag->get();
  }

  void read(const char* key, std::vector<std::string>& into) const {
    const toml::node* node = table_.get(key);
    if (!node) return;
    const auto* list = node->as_array();
    if (!list) bad(key, R"(is a list of texts: ["...", "..."])", *node);
    for (const toml::node& item : *list) {
      if (!item.is_string()) bad(key, R"(is a list of texts: ["...", "..."])", item);
      into.push_back(item.as_string()->get());
    }
  }

  void read_directory(const char* key, std::string& into) const {
    read(key, into);
    if (into.empty()) bad(key, "names a directory and is not empty", *table_.get(key));
  }

  // PostgreSQL's own text, but with minutes also as "m", and never a number whose unit the reader has to guess.
  void read_timeout(const char* key, std::string& into) const {
    read(key, into);
    if (into.empty() || into == "0") return;
    const std::size_t unit = std::min(into.find_first_not_of("0123456789"), into.size());
    const std::string name = into.substr(unit);
    const std::vector<std::string> units = {"ms", "s", "m", "min", "h", "d"};
    if (unit == 0 || std::find(units.begin(), units.end(), name) == units.end()) {
      bad(key, cat(R"(is a duration with its unit, "3s", "500ms" or "2m", or "0" for no limit; ")", into, "\" is none"),
          *table_.get(key));
    }
    if (name == "m") into += "in";
  }

  void read_count(const char* key, int& into) const {
    const toml::node* node = table_.get(key);
    if (!node) return;
    const auto* number = node->as_integer();
    if (!number || number->get() < 0 || number->get() > kLargestCount) bad(key, "is a number, 0 or more", *node);
    into = static_cast<int>(number->get());
  }

  void read_duration(const char* key, std::int64_t& ms) const {
    std::string text;
    read_timeout(key, text);
    if (!table_.get(key)) return;
    if (ends_with(text, "min")) text.resize(text.size() - 2);
    ms = parse_duration_ms(text);
    if (ms < 0) bad(key, R"(is a duration with its unit, "3s" or "500ms", or "0" for no limit)", *table_.get(key));
  }

  [[noreturn]] void bad(const char* key, const std::string& rule, const toml::node& node) const {
    fail(cat("'", key, "' ", title_, " ", rule), line_of(node.source()));
  }

  [[noreturn]] void fail(const std::string& message, int line) const {
    throw Error(ErrorKind::kConfig, message).at(file_, line);
  }

 private:
  [[noreturn]] void refuse(const std::string& key, int line, const std::vector<std::string>& allowed) const {
    const std::string near = nearest(key, allowed);
    const std::string guess = near.empty() ? "" : cat(", did you mean '", near, "'?");
    fail(cat("unknown key '", key, "' ", title_, guess, near.empty() ? "; " : " ", "allowed: ", join(allowed, ", ")),
         line);
  }

  const toml::table& table_;
  std::string title_;  // "in [env.dev]"
  const std::string& file_;
};

void check_gates(const Section& section, const Environment& environment) {
  const std::vector<std::string> known = gate_names();
  for (const std::string& gate : environment.gates) {
    if (std::find(known.begin(), known.end(), gate) != known.end()) continue;
    const std::string near = nearest(gate, known);
    section.fail(cat("unknown gate '", gate, "' in [env.", environment.name, "]",
                     near.empty() ? "; " : cat(", did you mean '", near, "'? "), "allowed: ", join(known, ", ")),
                 environment.gates_line);
  }
}

Environment read_environment(const std::string& name, const toml::table& table, const std::string& file) {
  const Section section(table, cat("in [env.", name, "]"),
                        {"url", "protected", "gates", "lock_timeout", "statement_timeout", "max_blocked",
                         "max_blocked_time", "masked", "alias_of"},
                        file);
  Environment environment;
  environment.name = name;
  environment.line = line_of(table.source());
  environment.url_line = section.line("url");
  environment.gates_line = section.line("gates");
  section.read("url", environment.url);
  section.read("protected", environment.is_protected);
  section.read("gates", environment.gates);
  section.read_timeout("lock_timeout", environment.lock_timeout);
  section.read_timeout("statement_timeout", environment.statement_timeout);
  section.read_count("max_blocked", environment.max_blocked);
  section.read_duration("max_blocked_time", environment.max_blocked_ms);
  section.read("masked", environment.masked);
  section.read("alias_of", environment.alias_of);
  environment.alias_line = section.line("alias_of");
  check_gates(section, environment);
  return environment;
}

void read_environments(const toml::node& node, const std::string& file, std::vector<Environment>& into) {
  const toml::table* table = node.as_table();
  if (!table) {
    throw Error(ErrorKind::kConfig, "'env' is a table of environments: [env.dev]").at(file, line_of(node.source()));
  }
  for (const auto& [name, body] : *table) {
    const toml::table* environment = body.as_table();
    if (!environment) {
      throw Error(ErrorKind::kConfig, cat("'", std::string(name.str()), "' in [env] is no environment; write [env.",
                                          std::string(name.str()), "]"))
          .at(file, line_of(name.source()));
    }
    into.push_back(read_environment(std::string(name.str()), *environment, file));
  }
  const auto by_line = [](const Environment& a, const Environment& b) { return a.line < b.line; };
  std::sort(into.begin(), into.end(), by_line);
}

SecretSource read_secret(const std::string& name, const toml::node& node, const std::string& file) {
  SecretSource secret;
  secret.name = name;
  secret.line = line_of(node.source());
  const toml::table* table = node.as_table();
  const std::string rule = cat("'", name, "' in [secrets] says where it is: { env = \"...\" }, { file = \"...\" } or ",
                               "{ command = [\"...\"] }");
  if (!table) throw Error(ErrorKind::kConfig, rule).at(file, secret.line);
  const Section section(*table, cat("of '", name, "' in [secrets]"), {"env", "file", "command"}, file);
  section.read("env", secret.env);
  section.read("file", secret.file);
  section.read("command", secret.command);
  const int given = !secret.env.empty() + !secret.file.empty() + !secret.command.empty();
  if (given != 1) section.fail(cat(rule, ", one of them"), secret.line);
  return secret;
}

void read_secrets(const toml::node& node, const std::string& file, std::vector<SecretSource>& into) {
  const toml::table* table = node.as_table();
  if (!table) {
    throw Error(ErrorKind::kConfig, "'secrets' is a table: [secrets]").at(file, line_of(node.source()));
  }
  for (const auto& [name, body] : *table) into.push_back(read_secret(std::string(name.str()), body, file));
}

void check_aliases(const Config& config) {
  for (const Environment& environment : config.environments) {
    const std::string& name = environment.alias_of;
    if (name.empty()) continue;
    const Environment* found = config.find(name);
    if (found && found->alias_of.empty()) continue;
    throw Error(ErrorKind::kConfig, cat("'alias_of' in [env.", environment.name, "] names '", name, "', which is ",
                                        found ? "an alias itself" : "no environment"))
        .at(config.file, environment.alias_line);
  }
}

void check_default(const Config& config, int line) {
  if (config.default_env.empty() || config.find(config.default_env)) return;
  std::vector<std::string> names;
  for (const Environment& environment : config.environments) names.push_back(environment.name);
  const std::string there_are = names.empty() ? "there is no [env.NAME]" : cat("there are: ", join(names, ", "));
  throw Error(ErrorKind::kConfig, cat("default_env names '", config.default_env, "', but ", there_are))
      .at(config.file, line);
}

toml::table parse(std::string_view text, const std::string& file) {
  try {
    return toml::parse(text, file);
  } catch (const toml::parse_error& error) {
    throw Error(ErrorKind::kConfig, cat("this is no TOML: ", error.description())).at(file, line_of(error.source()));
  }
}

}  // namespace

const Environment* Config::find(const std::string& name) const {
  for (const Environment& environment : environments) {
    if (environment.name == name) return &environment;
  }
  return nullptr;
}

const SecretSource* Config::find_secret(const std::string& name) const {
  for (const SecretSource& secret : secrets) {
    if (secret.name == name) return &secret;
  }
  return nullptr;
}

Config parse_config(std::string_view text, const std::string& file) {
  const toml::table table = parse(text, file);
  const Section section(table, "at the top", {"default_env", "migrations", "scripts", "env", "secrets"}, file);
  Config config;
  config.file = file;
  section.read("default_env", config.default_env);
  section.read_directory("migrations", config.migrations);
  section.read_directory("scripts", config.scripts);
  if (const toml::node* environments = table.get("env")) read_environments(*environments, file, config.environments);
  if (const toml::node* secrets = table.get("secrets")) read_secrets(*secrets, file, config.secrets);
  check_aliases(config);
  check_default(config, section.line("default_env"));
  return config;
}

}  // namespace tide
