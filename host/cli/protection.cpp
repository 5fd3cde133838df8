#include "cli/protection.h"

#include "base/text.h"
#include "cli/session.h"
#include "db/drivers.h"

namespace tide {
namespace {

Error refused(const Environment& environment, const std::string& message) {
  Error error(ErrorKind::kGate, message);
  error.note_done("nothing was changed");
  return error.advise(cat("give its name: --confirm ", environment.name));
}

}  // namespace

void check_protection(const Environment& environment, const std::string& shown_url, const Consent& consent) {
  if (!environment.is_protected || consent.confirm == environment.name) return;
  const std::string what = cat("environment '", environment.name, "' is protected");
  if (consent.confirm) {
    throw refused(environment, cat(what, ", and --confirm names '", *consent.confirm, "'"));
  }
  const auto answer = consent.ask(cat(what, ": ", shown_url, "\nType its name to go on: "));
  if (!answer) throw refused(environment, cat(what, ", and there is no terminal to ask for its name"));
  if (trim(*answer) != environment.name) throw refused(environment, cat(what, ", and the answer was not its name"));
}

void check_gates(const Environment& environment, const std::string& file) {
  if (environment.gates.empty()) return;
  const std::string one = environment.gates.size() == 1 ? "gate '" : "gates '";
  const std::string names = join(environment.gates, "', '");
  Error error(ErrorKind::kGate, cat("environment '", environment.name, "' demands the ", one, names,
                                    "', which this build of tide cannot check"));
  error.at(file, environment.gates_line).note_done("nothing was changed");
  throw error.advise(cat("without it: take it out of `gates` in ", file));
}

void ask_leave_to_change(Session& session) {
  const Environment& environment = session.environment();
  check_gates(environment, session.project().config.file);
  Consent consent;
  if (session.args().has("confirm")) consent.confirm = session.args().text("confirm");
  consent.ask = [&](const std::string& question) { return session.ask(question); };
  check_protection(environment, display_url(environment.url), consent);
}

}  // namespace tide
