#include "cli/environment.h"

#include <cctype>

#include "base/text.h"
#include "db/drivers.h"
#include "sys/files.h"

namespace tide {
namespace {

constexpr const char* kDefaultUrl = "sqlite:tide.db";
constexpr const char* kUnnamed = "default";

std::vector<std::string> names_of(const Config& config) {
  std::vector<std::string> names;
  for (const Environment& environment : config.environments) names.push_back(environment.name);
  return names;
}

Error unknown_environment(const Config& config, const std::string& name) {
  if (config.file.empty()) {
    return Error(ErrorKind::kConfig, cat("there is no environment '", name, "': no tide.toml was found"))
        .advise("tide init");
  }
  const std::vector<std::string> names = names_of(config);
  const std::string near = nearest(name, names);
  const std::string guess = near.empty() ? "" : cat(", did you mean '", near, "'?");
  const std::string known = names.empty() ? "it has no [env.NAME]" : cat("it has: ", join(names, ", "));
  return Error(ErrorKind::kConfig,
               cat("tide.toml has no environment '", name, "'", guess, near.empty() ? "; " : " ", known))
      .at(config.file);
}

std::string environment_name(const Config& config, const Args& args) {
  if (args.has("env")) return args.text("env");
  if (!config.default_env.empty()) return config.default_env;
  return config.environments.size() == 1 ? config.environments.front().name : "";
}

Environment named_environment(const Config& config, const Args& args) {
  const std::string name = environment_name(config, args);
  if (const Environment* found = config.find(name)) return *found;
  if (!name.empty()) throw unknown_environment(config, name);
  Environment unnamed;
  unnamed.name = kUnnamed;
  return unnamed;
}

bool is_variable_name(const std::string& name) {
  if (name.empty() || std::isdigit(static_cast<unsigned char>(name[0]))) return false;
  for (const char c : name) {
    if (!std::isalnum(static_cast<unsigned char>(c)) && c != '_') return false;
  }
  return true;
}

std::string expand(const Environment& environment, const std::string& file, const Variables& variables) {
  const std::string& url = environment.url;
  std::string out;
  std::size_t at = 0;
  for (std::size_t open; (open = url.find("${", at)) != std::string::npos;) {
    const std::size_t close = url.find('}', open);
    const std::string name = close == std::string::npos ? "" : url.substr(open + 2, close - open - 2);
    if (!is_variable_name(name)) {
      throw Error(ErrorKind::kConfig,
                  cat("the url of [env.", environment.name, "] has a ${...} that names no variable"))
          .at(file, environment.url_line);
    }
    const auto value = variables(name);
    if (!value || value->empty()) {
      throw Error(ErrorKind::kConfig, cat("the url of [env.", environment.name, "] needs the variable ", name,
                                          ", which is set neither in the environment nor in .env"))
          .at(file, environment.url_line);
    }
    out += url.substr(at, open - at) + *value;
    at = close + 1;
  }
  return out + url.substr(at);
}

std::string with_absolute_path(const std::string& url, const std::string& dir) {
  constexpr std::string_view kScheme = "sqlite:";
  if (!starts_with(url, kScheme)) return url;
  const std::string path = url.substr(kScheme.size());
  if (path.empty() || path[0] == '/' || path[0] == ':' || path[0] == '?') return url;
  return cat(kScheme, absolute_path(path, dir));
}

// A URL and how strongly it was given; `rank` decides within a level.
struct Candidate {
  static constexpr int kDatabaseUrl = 1, kEnvironment = 2, kGiven = 3;
  Origin origin = Origin::kNone;
  int rank = 0;
  std::string url;
  bool own = false;  // the environment's

  bool beats(const Candidate& other) const {
    return origin != other.origin ? origin > other.origin : rank > other.rank;
  }
};

Candidate database_url(const Project& project, const Variables& process) {
  if (const auto value = process("DATABASE_URL"); value && !value->empty())
    return {Origin::kVariable, Candidate::kDatabaseUrl, *value};
  const auto found = project.dotenv.find("DATABASE_URL");
  if (found != project.dotenv.end() && !found->second.empty())
    return {Origin::kDotenv, Candidate::kDatabaseUrl, found->second};
  return {};
}

Candidate strongest(const Project& project, const Args& args, const Variables& process,
                    const Environment& environment) {
  Candidate best = database_url(project, process);
  if (!environment.url.empty()) {
    const Candidate own{args.origin("env"), Candidate::kEnvironment, environment.url, true};
    if (best.url.empty() || own.beats(best)) best = own;
  }
  if (args.has("url")) {
    const Candidate given{args.origin("url"), Candidate::kGiven, args.text("url")};
    if (best.url.empty() || given.beats(best)) best = given;
  }
  return best;
}

std::string default_url(const Config& config, const Environment& environment) {
  if (config.environments.empty()) return kDefaultUrl;
  if (const Environment* named = config.find(environment.name)) {
    throw Error(ErrorKind::kConfig,
                cat("[env.", named->name, "] has no url, and neither --url, TIDE_URL nor DATABASE_URL gives one"))
        .at(config.file, named->line);
  }
  throw Error(ErrorKind::kConfig,
              cat("which environment? tide.toml has ", join(names_of(config), ", "), " and no default_env"))
      .at(config.file)
      .advise(cat("-e ", config.environments.front().name));
}

void refuse_unknown_url(const Environment& environment, const Candidate& from, const std::string& file) {
  try {
    check_url(environment.url);
  } catch (Error& error) {
    if (from.own) error.at(file, environment.url_line);
    if (from.rank == Candidate::kDatabaseUrl) error.message = cat("DATABASE_URL: ", error.message);
    throw;
  }
}

}  // namespace

Variables with_dotenv(const Project& project, const Variables& process) {
  return [&project, process](const std::string& name) -> std::optional<std::string> {
    if (const auto value = process(name)) return value;
    const auto found = project.dotenv.find(name);
    return found == project.dotenv.end() ? std::nullopt : std::optional<std::string>(found->second);
  };
}

std::string url_of(const std::string& where, const Project& project, const Variables& process) {
  if (where.find_first_of(":=") != std::string::npos) return with_absolute_path(where, project.dir);
  const Environment* environment = project.config.find(where);
  if (environment == nullptr) throw unknown_environment(project.config, where);
  if (environment->url.empty()) return default_url(project.config, *environment);
  const std::string url = expand(*environment, project.config.file, with_dotenv(project, process));
  return with_absolute_path(url, project.dir);
}

Environment choose_environment(const Project& project, const Args& args, const Variables& process) {
  Environment environment = named_environment(project.config, args);
  const Candidate best = strongest(project, args, process, environment);
  std::string url = best.url.empty() ? default_url(project.config, environment) : best.url;
  if (best.own) url = expand(environment, project.config.file, with_dotenv(project, process));
  environment.named = best.own || (args.has("env") && project.config.find(environment.name) != nullptr);
  environment.url = with_absolute_path(url, project.dir);
  refuse_unknown_url(environment, best, project.config.file);
  return environment;
}

}  // namespace tide
