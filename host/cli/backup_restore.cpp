#include "backup/report.h"
#include "backup/restore.h"
#include "base/text.h"
#include "cli/backup.h"
#include "cli/commands.h"
#include "cli/protection.h"
#include "cli/session.h"
#include "db/drivers.h"
#include "tide/error.h"

namespace tide {
namespace {

bool is_given(const Args& args, const std::string& name) {
  for (const std::string& given : args.texts("confirm")) {
    if (given == name) return true;
  }
  return false;
}

Error refused(const std::string& why, const std::string& name) {
  Error error(ErrorKind::kGate, why);
  error.note_done("nothing was changed");
  return error.advise(cat("give the database's name: --confirm ", name));
}

// --confirm may be given twice: a protected environment's name, and the database's.
void ask_leave(Session& session, const std::string& name) {
  const Environment& environment = session.environment();
  Consent consent;
  if (session.args().has("confirm")) {
    consent.confirm = is_given(session.args(), environment.name) ? environment.name : session.args().text("confirm");
  }
  consent.ask = [&](const std::string& question) { return session.ask(question); };
  check_protection(environment, display_url(environment.url), consent);
  if (is_given(session.args(), name)) return;
  const bool answered = session.args().has("confirm") && !environment.is_protected;
  if (answered) {
    throw refused(cat("--confirm names '", session.args().text("confirm"), "', not the database ", name), name);
  }
  const auto answer = session.ask(cat("Type the name of the database to replace it: "));
  if (!answer) throw refused("there is no terminal to ask for the database's name", name);
  if (trim(*answer) != name) throw refused("the answer was not the database's name", name);
}

}  // namespace

int run_backup_restore(Session& session, const BackupContext& context) {
  RestoreOptions options;
  options.other_database = session.args().has("other-database");
  options.drop_old = session.args().has("drop-old");
  if (!session.args().has("LABEL")) {
    throw Error(ErrorKind::kUsage, "restore needs the label of a backup").advise("tide backup list");
  }
  const StoredBackup backup = find_backup(context.dir, session.args().text("LABEL"), nullptr);
  const Loss loss = what_would_be_lost(context, backup);
  session.output().message(loss_text(loss, backup));
  ask_leave(session, loss.confirmation);
  const Restoration done = restore_backup(context, backup, options);
  if (session.json()) {
    Json::Object document = std::get<Json::Object>(restoration_json(done).data);
    document.emplace_back("lost", loss_json(loss));
    session.output().document(document);
    return 0;
  }
  std::string text = cat(done.database, " is what ", done.label, " was, verified\n");
  if (!done.kept.empty()) text += cat("what it was before is kept as ", done.kept, "\n");
  for (const std::string& note : done.notes) text += cat("  ", note, "\n");
  session.output().print(text);
  return 0;
}

}  // namespace tide
