#include "cli/secrets.h"

#include <cctype>

#include "base/text.h"
#include "sys/files.h"
#include "sys/process.h"
#include "tide/error.h"

namespace tide {
namespace {

constexpr const char* kMounted = "/run/secrets/";
constexpr std::int64_t kCommandTimeoutMs = 60'000;
constexpr std::size_t kShortestLine = 8;

// Files and commands end their text with a newline that is no part of it.
std::string without_newline(std::string text) {
  if (ends_with(text, "\n")) text.pop_back();
  if (ends_with(text, "\r")) text.pop_back();
  return text;
}

// STRIPE_KEY of "stripe-key"
std::string as_variable(const std::string& name) {
  std::string out;
  for (const char c : name) {
    out += std::isalnum(static_cast<unsigned char>(c)) != 0
               ? static_cast<char>(std::toupper(static_cast<unsigned char>(c)))
               : '_';
  }
  return out;
}

std::vector<std::string> variable_names(const std::string& name) {
  const std::string capitals = as_variable(name);
  return capitals == name ? std::vector<std::string>{name} : std::vector<std::string>{name, capitals};
}

bool names_a_file(const std::string& name) { return name.find('/') == std::string::npos && name != ".."; }

std::string percent_encoded(const std::string& text) {
  static constexpr char kDigits[] = "0123456789ABCDEF";
  std::string out;
  for (const char c : text) {
    const auto byte = static_cast<unsigned char>(c);
    const bool plain = std::isalnum(byte) != 0 || std::string_view("-._~").find(c) != std::string_view::npos;
    out += plain ? std::string(1, c) : std::string{'%', kDigits[byte >> 4], kDigits[byte & 15]};
  }
  return out;
}

// What stands between the quotes where a command is shown.
std::string between_shell_quotes(const std::string& text) { return join(split(text, '\''), "'\\''"); }

Error missing(const std::string& name, const std::string& why) {
  return {ErrorKind::kConfig, cat("there is no secret '", name, "': ", why)};
}

}  // namespace

const std::string& Secrets::get(const std::string& name) {
  const auto known = found_.find(name);
  if (known != found_.end()) return known->second;
  return found_[name] = find(name);
}

std::optional<std::string> Secrets::from_file(const std::string& path) const {
  if (!is_file(path)) return std::nullopt;
  return without_newline(read_file(path));
}

// Its output is the secret, so that nothing of it is shown, also when it fails.
std::string Secrets::from_command(const SecretSource& source) const {
  Command command;
  command.argv = source.command;
  command.cwd = project_.dir;
  command.inherit_env = true;
  command.timeout_ms = kCommandTimeoutMs;
  const CommandResult result = run_command(command);
  if (result.ok()) return without_newline(result.out);
  const std::string end = result.timed_out ? cat("did not end within ", human_duration(kCommandTimeoutMs))
                                           : cat("failed with exit code ", result.code);
  throw missing(source.name, cat("the command `", source.command.front(), "` of [secrets] ", end,
                                 " (what it printed is not shown, it may hold secrets)"))
      .at(project_.config.file, source.line);
}

std::string Secrets::from_source(const SecretSource& source) const {
  std::string where = cat("the variable ", source.env, " of [secrets] is not set");
  std::optional<std::string> value;
  if (!source.env.empty()) value = variables_(source.env);
  if (!source.file.empty()) {
    value = from_file(absolute_path(source.file, project_.dir));
    where = cat("the file ", source.file, " of [secrets] is not there");
  }
  if (!source.command.empty()) value = from_command(source);
  if (!value) throw missing(source.name, where).at(project_.config.file, source.line);
  if (value->empty()) throw missing(source.name, "what [secrets] names is empty").at(project_.config.file, source.line);
  return *value;
}

std::string Secrets::find(const std::string& name) const {
  if (const SecretSource* source = project_.config.find_secret(name)) return from_source(*source);
  std::vector<std::string> variables, files;
  for (const std::string& variable : variable_names(name)) {
    if (const auto value = variables_(variable); value && !value->empty()) return *value;
    const auto file = variables_(variable + "_FILE");
    const auto text = file && !file->empty() ? from_file(absolute_path(*file, project_.dir)) : std::nullopt;
    if (text && !text->empty()) return *text;
    variables.insert(variables.end(), {variable, variable + "_FILE"});
    if (file) files.push_back(*file);
  }
  if (names_a_file(name)) files.push_back(kMounted + name);
  if (const auto text = names_a_file(name) ? from_file(kMounted + name) : std::nullopt; text && !text->empty()) {
    return *text;
  }
  throw missing(name, cat("looked for the variables ", join(variables, ", "), ", the file ", join(files, ", "),
                          " and [secrets] in tide.toml"))
      .advise(cat("[secrets] ", name, " = { env = \"...\" }, { file = \"...\" } or { command = [\"...\"] }"));
}

std::vector<std::string> spellings_of_secret(const std::string& secret) {
  std::vector<std::string> out = {secret};
  if (const std::string encoded = percent_encoded(secret); encoded != secret) out.push_back(encoded);
  if (const std::string quoted = between_shell_quotes(secret); quoted != secret) out.push_back(quoted);
  if (secret.find('\n') == std::string::npos) return out;
  for (const std::string& line : split(secret, '\n')) {
    if (trim(line).size() >= kShortestLine) out.emplace_back(trim(line));
  }
  return out;
}

}  // namespace tide
