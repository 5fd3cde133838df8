#pragma once

#include "cli/args.h"
#include "cli/project_dir.h"

namespace tide {

// The environment to work on, its url expanded and a relative SQLite path made absolute.
//
// Which one: -e, TIDE_ENV, .env, default_env, or the only one there is; "default" where tide.toml has none.
//
// Its URL: what stands on the strongest level wins; the levels are flag, variable, .env, tide.toml. An environment's
// own url stands on the level that named the environment. Within a level --url (TIDE_URL) beats the environment's
// url, and that beats DATABASE_URL. So a variable beats the default environment's url, but a stray DATABASE_URL never
// redirects `-e production`. Whatever the URL, the environment's policy (protected, gates, timeouts) holds.
//
// `named` is set when name and URL belong together: the environment was named by flag, variable or .env, or the URL is
// its own. `--url` beside default_env names no environment.
//
// kConfig for an unknown environment, one without a url, a variable in a url that is not set.
Environment choose_environment(const Project& project, const Args& args, const Variables& process);

// The URL of an environment by its name, or `where` itself when it is a URL. kConfig as above.
std::string url_of(const std::string& where, const Project& project, const Variables& process);

// The process's variables, then those of .env. The project must outlive it.
Variables with_dotenv(const Project& project, const Variables& process);

}  // namespace tide
