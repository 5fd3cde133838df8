#include "repl/access.h"

#include <algorithm>

#include "base/text.h"
#include "cli/protection.h"
#include "cli/session.h"

namespace tide {
namespace {

const std::vector<std::string> kEffects = {"shell", "http", "backup", "mail", "fs"};

// --allow shell,http; files of the project are not the database's: those are never off.
std::vector<std::string> allowed_effects(const Args& args) {
  std::vector<std::string> allowed = {"fs"};
  for (const std::string& given : args.texts("allow")) {
    for (const std::string& name : split(given, ',')) {
      if (std::find(kEffects.begin(), kEffects.end(), name) == kEffects.end()) {
        throw Error(ErrorKind::kUsage, cat("--allow takes ", join(kEffects, ", "), "; '", name, "' is none of them"));
      }
      allowed.push_back(name);
    }
  }
  return allowed;
}

void refuse_contradictions(const Args& args) {
  const bool write = args.has("write"), sandbox = args.has("sandbox"), read_only = args.has("read-only");
  if (write + sandbox + read_only > 1) {
    throw Error(ErrorKind::kUsage, "only one of --write, --sandbox and --read-only can be given");
  }
  if (write && trim(args.text("write")).empty()) {
    throw Error(ErrorKind::kUsage, "--write takes the reason, which is kept in the history");
  }
}

}  // namespace

Leave choose_access(Session& session) {
  const Args& args = session.args();
  refuse_contradictions(args);
  const Environment& environment = session.environment();
  Leave leave;
  leave.sandbox = args.has("sandbox");
  leave.reason = args.text("write");
  leave.read_only = args.has("read-only") || (environment.is_protected && !args.has("write") && !leave.sandbox);
  Access access;
  access.read_only = leave.read_only;
  access.masked = environment.masked;
  if (leave.read_only) access.effects = allowed_effects(args);
  if (!leave.read_only && environment.is_protected) ask_leave_to_change(session);
  session.set_access(std::move(access));
  return leave;
}

}  // namespace tide
