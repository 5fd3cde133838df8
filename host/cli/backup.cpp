#include "cli/backup.h"

#include <algorithm>
#include <filesystem>

#include "backup/clock.h"
#include "backup/copy.h"
#include "backup/create.h"
#include "backup/newest.h"
#include "backup/prune.h"
#include "backup/report.h"
#include "backup/tree.h"
#include "backup/verify.h"
#include "base/text.h"
#include "cli/commands.h"
#include "cli/console.h"
#include "cli/session.h"
#include "cli/table.h"
#include "sys/files.h"

namespace tide {
namespace {

struct Action {
  const char* name;
  const char* options;  // those that mean something to it, beside the global ones
  bool takes_label;
  int (*run)(Session& session, const BackupContext& context);
};

void show(Session& session, const Json& document, const std::string& text) {
  if (session.json()) {
    session.output().document(document);
  } else {
    session.output().print(text);
  }
}

std::int64_t all_rows(const Manifest& manifest) {
  std::int64_t rows = 0;
  for (const TableRows& table : manifest.tables) rows += table.rows.value_or(0);
  return rows;
}

std::string contents_text(const Manifest& manifest) {
  return cat(counted(static_cast<std::int64_t>(manifest.tables.size()), "table"), ", ",
             counted(all_rows(manifest), "row"));
}

int create(Session& session, const BackupContext& context) {
  const Args& args = session.args();
  CreateOptions options;
  if (args.has("format")) options.format = format_of(args.text("format"));
  options.schema_only = args.has("schema-only");
  options.data_only = args.has("data-only");
  if (args.has("tables")) options.tables = split(args.text("tables"), ',');
  options.jobs = args.positive("jobs", 1);
  options.label = args.text("LABEL");
  const StoredBackup backup = create_backup(context, options);
  const Manifest& manifest = *backup.manifest;
  show(session, backup_json(backup),
       cat(backup.label, "  ", backup.data_path(), "\n", size_text(manifest.size()), ", ", contents_text(manifest),
           ", SHA-256 ", manifest.sha256(), "\n"));
  session.say(cat("not proven yet: tide backup verify ", backup.label));
  return 0;
}

std::string proof_text(const StoredBackup& backup) {
  if (!backup.proof) return "no";
  return cat(proof_name(backup.proof->proof), backup.proof->unchanged ? "" : " (touched since)");
}

int list(Session& session, const BackupContext& context) {
  const std::vector<StoredBackup> backups = list_backups(context.dir);
  Table table({"label", "taken at (UTC)", "database", "format", "size", "contents", "verified"});
  table.align_right(4);
  for (const StoredBackup& backup : backups) {
    if (!backup.manifest) {
      table.add({backup.label, "", "", "", "", backup.problem, "no"});
      continue;
    }
    const Manifest& manifest = *backup.manifest;
    table.add({backup.label, short_time(manifest.started_at), short_name(manifest.database),
               format_name(manifest.format), size_text(manifest.size()),
               cat(contents_text(manifest), manifest.whole() ? "" : ", a part"), proof_text(backup)});
  }
  show(session, Json::Object{{"dir", context.dir}, {"backups", backups_json(backups)}},
       backups.empty() ? cat("there are no backups in ", context.dir, "\n") : table.text());
  return 0;
}

// The newest of the environment's database, or, when that cannot be asked who it is, of all.
StoredBackup chosen(Session& session, const BackupContext& context) {
  const std::string label = session.args().text("LABEL");
  if (!label.empty()) return find_backup(context.dir, label, nullptr);
  try {
    const DatabaseIdentity database = identity_of(*BackupSession(context.url));
    return find_backup(context.dir, "", &database);
  } catch (const Error& error) {
    if (error.kind != ErrorKind::kConnect) throw;
    return find_backup(context.dir, "", nullptr);
  }
}

int verify(Session& session, const BackupContext& context) {
  const Args& args = session.args();
  VerifyOptions options;
  if (args.has("level")) options.level = proof_of(args.text("level"));
  options.scratch = args.text("scratch");
  options.max_age_ms = args.duration_ms("max-age", 0);
  options.other_database = args.has("other-database");
  const Verification done = verify_backup(context, chosen(session, context), options);
  std::string text = cat(done.label, ": ", proof_name(done.proof), ", in ", human_duration(done.ms), "\n");
  for (const std::string& note : done.notes) text += cat("  ", note, "\n");
  show(session, verification_json(done), text);
  return 0;
}

int prune(Session& session, const BackupContext& context) {
  const Args& args = session.args();
  PruneOptions options;
  options.keep = args.positive("keep", 0);
  options.keep_days = args.positive("keep-days", 0);
  options.dry_run = args.has("dry-run");
  const Pruned pruned = prune_backups(context, options);
  std::string text;
  for (const std::string& label : pruned.removed)
    text += cat(options.dry_run ? "would go  " : "removed  ", label, "\n");
  for (const std::string& label : pruned.verified) text += cat("kept     ", label, "  the last one to rely on\n");
  show(session, pruned_json(pruned), text.empty() ? "nothing to remove\n" : text);
  return 0;
}

int copy(Session& session, const BackupContext& context) {
  const Args& args = session.args();
  if (!args.has("DEST")) {
    throw Error(ErrorKind::kUsage, "copy needs LABEL and DEST: a folder, host:folder, or s3://bucket/prefix")
        .advise("tide help backup");
  }
  const CopyResult result =
      copy_backup(context, find_backup(context.dir, args.text("LABEL"), nullptr), args.text("DEST"));
  show(session, copy_json(result), cat(result.label, " is at ", result.destination, "\n"));
  return 0;
}

constexpr Action kActions[] = {
    {"create", "dir format schema-only data-only tables jobs pg-bin", true, create},
    {"list", "dir", false, list},
    {"verify", "dir level scratch max-age other-database pg-bin", true, verify},
    {"restore", "dir other-database drop-old pg-bin", true, run_backup_restore},
    {"prune", "dir keep keep-days dry-run", false, prune},
    {"copy", "dir", true, copy},
};

const Action& chosen_action(const std::string& word) {
  std::vector<std::string> names;
  for (const Action& action : kActions) {
    if (word == action.name) return action;
    names.emplace_back(action.name);
  }
  const std::string near = nearest(word, names);
  throw Error(ErrorKind::kUsage,
              cat("tide backup has no '", word, "'; ",
                  near.empty() ? cat("it has ", join(names, ", ")) : cat("did you mean '", near, "'?")))
      .advise("tide help backup");
}

// An option that would be passed over without a word is a mistake.
void check_options(const Args& args, const Action& action) {
  const std::vector<std::string> known = split(action.options, ' ');
  for (const Option& option : args.command->options) {
    const bool fits = std::find(known.begin(), known.end(), option.name) != known.end();
    if (fits || args.origin(option.name) != Origin::kFlag) continue;
    throw Error(ErrorKind::kUsage, cat("--", option.name, " means nothing to tide backup ", action.name))
        .advise("tide help backup");
  }
  if (args.has("DEST") && std::string_view(action.name) != "copy") {
    throw Error(ErrorKind::kUsage,
                cat("'", args.text("DEST"), "' is one argument too many for tide backup ", action.name));
  }
  if (args.has("LABEL") && !action.takes_label) {
    throw Error(ErrorKind::kUsage, cat("tide backup ", action.name, " takes no label"));
  }
}

}  // namespace

BackupContext backup_context(Session& session) {
  const Args& args = session.args();
  BackupContext context;
  context.environment = session.environment().name;
  context.url = session.environment().url;
  context.is_protected = session.environment().is_protected;
  const std::string here = std::filesystem::current_path().string();
  context.dir = args.has("dir") ? absolute_path(args.text("dir"), here)
                                : absolute_path("backups", absolute_path(session.project().dir, here));
  context.pg_bin = args.text("pg-bin");
  context.who = system_user();
  context.host = system_host();
  context.version = TIDE_VERSION;
  context.events = &session.events();
  return context;
}

BackupContext other_context(Session& session, const std::string& where) {
  BackupContext context = backup_context(session);
  if (where.empty() || where == context.environment) return context;
  context.url = session.url_of_other(where);
  const Environment* named = session.project().config.find(where);
  context.environment = named != nullptr ? where : "";
  context.is_protected = named != nullptr && named->is_protected;
  return context;
}

void offer_backups(Session& session, EngineOptions& options) {
  options.backups = [&session](const std::string& where) { return other_context(session, where); };
  options.gate_means.newest_backup = [&session](Connection& connection) -> std::optional<BackupProof> {
    const NewestBackup newest = newest_verified(backup_context(session).dir, connection, 0, Proof::kDecompressed);
    if (!newest.backup) return std::nullopt;
    const StoredBackup& backup = *newest.backup;
    return BackupProof{backup.label, parse_iso_ms(backup.manifest->started_at), proof_name(backup.proof->proof)};
  };
}

int run_backup(Session& session) {
  const std::string name = session.args().text("ACTION");
  const Action& action = chosen_action(name);
  check_options(session.args(), action);
  return action.run(session, backup_context(session));
}

}  // namespace tide
