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

void ask_leave_to_change(Session& session) {
  const Environment& environment = session.environment();
  Consent consent;
  if (session.args().has("confirm")) consent.confirm = session.args().text("confirm");
  consent.ask = [&](const std::string& question) {
    try {
      return session.ask(question);
    } catch (Error& error) {
      error.note_done("nothing was changed");
      throw;
    }
  };
  check_protection(environment, display_url(environment.url), consent);
}

}  // namespace tide
