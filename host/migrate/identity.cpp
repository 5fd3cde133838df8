#include "migrate/identity.h"

#include "base/text.h"

namespace tide {
namespace {

Error another(const Identity& identity, const std::string& bears, const std::string& database) {
  return Error(ErrorKind::kGate, cat("this is the database of environment '", bears, "', not of '",
                                     identity.environment, "': ", database))
      .note_done("nothing was changed")
      .advise(cat("-e ", bears, "   (when this database was meant)"))
      .advise(cat("correct the url of [env.", identity.environment, "], or the variable that it is taken from"))
      .advise(cat("tide resolve --was ", bears, " --reason TEXT   (when it was renamed, or is a copy that is '",
                  identity.environment, "' from now on)"));
}

Error unnamed(const std::string& bears, const std::string& database) {
  return Error(ErrorKind::kGate,
               cat("this is the database of environment '", bears, "', and no environment was named: ", database))
      .note_done("nothing was changed")
      .advise(cat("-e ", bears, "   (with what tide.toml says of it)"))
      .advise(cat("--confirm ", bears, "   (without)"));
}

}  // namespace

std::optional<Error> find_mistaken(const Identity& identity, const std::string& bears, const std::string& database) {
  if (bears.empty() || bears == identity.environment) return std::nullopt;
  if (identity.named) return another(identity, bears, database);
  if (bears == identity.confirmed) return std::nullopt;
  return unnamed(bears, database);
}

}  // namespace tide
