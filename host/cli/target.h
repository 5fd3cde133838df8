#pragma once

#include "cli/args.h"
#include "cli/project_dir.h"

namespace tide {

// The database to work on and the policy that holds there.
struct Target {
  Environment environment;  // its url expanded, a relative SQLite path made absolute
  bool named = false;       // an [env.NAME] of tide.toml
};

// Which environment and which URL. The environment: -e, TIDE_ENV, .env, default_env, or the only one there is.
//
// The URL: what stands on the strongest level wins; the levels are flag, variable, .env, tide.toml. An environment's
// own url stands on the level that named the environment. Within a level --url (TIDE_URL) beats the environment's
// url, and that beats DATABASE_URL. So a variable beats the default environment's url, but a stray DATABASE_URL never
// redirects `-e production`. Whatever the URL, the environment's policy (protected, gates, timeouts) holds.
//
// kConfig for an unknown environment, one without a url, a variable in a url that is not set.
Target choose_target(const Project& project, const Args& args, const Variables& process);

}  // namespace tide
