#include <algorithm>
#include <lua.hpp>

#include "backup/copy.h"
#include "backup/create.h"
#include "backup/prune.h"
#include "backup/report.h"
#include "backup/restore.h"
#include "backup/store.h"
#include "backup/verify.h"
#include "base/json.h"
#include "base/text.h"
#include "lua/convert.h"
#include "lua/modules.h"
#include "lua/state.h"
#include "sys/files.h"
#include "tide/error.h"

namespace tide {

namespace {

// What stdlib/host/backup.lua has checked, as JSON: names and types are right.
class Request {
 public:
  explicit Request(lua_State* L) : state_(state_of(L)), json_(parse_json(luaL_checkstring(L, 1))) {}

  std::string text(const char* key) const {
    const Json* found = json_.find(key);
    return found != nullptr ? std::get<std::string>(found->data) : "";
  }
  bool flag(const char* key) const {
    const Json* found = json_.find(key);
    return found != nullptr && std::get<bool>(found->data);
  }
  int number(const char* key, int otherwise) const {
    const Json* found = json_.find(key);
    return found != nullptr ? static_cast<int>(std::get<std::int64_t>(found->data)) : otherwise;
  }
  std::vector<std::string> texts(const char* key) const {
    std::vector<std::string> out;
    const Json* found = json_.find(key);
    if (found == nullptr) return out;
    for (const Json& one : std::get<Json::List>(found->data)) out.push_back(std::get<std::string>(one.data));
    return out;
  }

  BackupContext context() const {
    const LuaOptions& options = state_.options();
    if (!options.backups) throw Error(ErrorKind::kUsage, "there is no project here, and so no backups");
    BackupContext context = options.backups(text("env"));
    if (!text("dir").empty()) context.dir = absolute_path(text("dir"), options.project_dir);
    context.pg_bin = text("pg_bin");
    context.events = options.events;
    return context;
  }
  StoredBackup backup(const BackupContext& context) const { return find_backup(context.dir, text("label"), nullptr); }

  // Does `work`, whose document is the answer; in a dry run the answer only says so.
  int answer(lua_State* L, const std::string& what, const std::function<Json()>& work) const {
    Json document = Json::Object{{"label", text("label")}, {"recorded", true}};
    state_.effects().run("backup", what, [&] { document = work(); });
    push_text(L, dump_json(document));
    return 1;
  }
  LuaState& state() const { return state_; }

 private:
  LuaState& state_;
  Json json_;
};

int l_create(lua_State* L) {
  const Request request(L);
  const BackupContext context = request.context();
  CreateOptions options;
  if (!request.text("format").empty()) options.format = format_of(request.text("format"));
  options.schema_only = request.flag("schema_only");
  options.data_only = request.flag("data_only");
  options.tables = request.texts("tables");
  options.jobs = request.number("jobs", 1);
  options.label = request.text("label");
  return request.answer(L, cat("create a backup of ", context.environment, " in ", context.dir),
                        [&] { return backup_json(create_backup(context, options)); });
}

int l_list(lua_State* L) {
  const Request request(L);
  push_text(L, dump_json(backups_json(list_backups(request.context().dir))));
  return 1;
}

// Without a label: the newest of the environment's database.
StoredBackup newest(const Request& request, const BackupContext& context) {
  if (!request.text("label").empty()) return request.backup(context);
  const DatabaseIdentity database = identity_of(*BackupSession(context.url));
  return find_backup(context.dir, "", &database);
}

int l_verify(lua_State* L) {
  const Request request(L);
  const BackupContext context = request.context();
  VerifyOptions options;
  if (!request.text("level").empty()) options.level = proof_of(request.text("level"));
  options.scratch = request.text("scratch");
  options.max_age_ms = request.number("max_age_ms", 0);
  options.other_database = request.flag("other_database");
  return request.answer(L, cat("verify the backup ", request.text("label")),
                        [&] { return verification_json(verify_backup(context, newest(request, context), options)); });
}

// A script may answer beforehand; otherwise a person is asked, who is told first what would be lost.
void require_confirmed(const Request& request, const BackupContext& context, const Loss& loss) {
  std::vector<std::string> names = {loss.confirmation};
  if (context.is_protected) names.insert(names.begin(), context.environment);
  const std::vector<std::string> given = request.texts("confirm");
  for (const std::string& name : names) {
    if (std::find(given.begin(), given.end(), name) != given.end()) continue;
    const auto& ask = request.state().options().inputs.ask;
    const auto answer = ask && given.empty() ? ask(cat("Type ", name, " to replace it: "), false) : std::nullopt;
    if (answer && trim(*answer) == name) continue;
    throw Error(ErrorKind::kGate, cat("the restore replaces ", loss.database, ", and that was not confirmed"))
        .note_done("nothing was changed")
        .advise(cat("backup.restore(label, { confirm = { \"", join(names, "\", \""), "\" } })"));
  }
}

int l_restore(lua_State* L) {
  const Request request(L);
  const BackupContext context = request.context();
  const StoredBackup backup = request.backup(context);
  RestoreOptions options;
  options.other_database = request.flag("other_database");
  options.drop_old = request.flag("drop_old");
  return request.answer(L, cat("restore ", backup.label, " over ", context.environment), [&] {
    const Loss loss = what_would_be_lost(context, backup);
    context.warn(std::string(trim(loss_text(loss, backup))));
    require_confirmed(request, context, loss);
    Json::Object document = std::get<Json::Object>(restoration_json(restore_backup(context, backup, options)).data);
    document.emplace_back("lost", loss_json(loss));
    return Json(std::move(document));
  });
}

int l_prune(lua_State* L) {
  const Request request(L);
  const BackupContext context = request.context();
  PruneOptions options;
  options.keep = request.number("keep", 0);
  options.keep_days = request.number("keep_days", 0);
  options.dry_run = request.flag("dry_run");
  return request.answer(L, cat("prune the backups in ", context.dir),
                        [&] { return pruned_json(prune_backups(context, options)); });
}

int l_copy(lua_State* L) {
  const Request request(L);
  const BackupContext context = request.context();
  const std::string to = request.text("destination");
  return request.answer(L, cat("copy the backup ", request.text("label"), " to ", to),
                        [&] { return copy_json(copy_backup(context, request.backup(context), to)); });
}

}  // namespace

static constexpr NativeEntry kEntries[] = {
    {"copy", l_copy},   {"create", l_create},   {"list", l_list},
    {"prune", l_prune}, {"restore", l_restore}, {"verify", l_verify},
};
const NativeModule kBackupModule = {"backup", kEntries, std::size(kEntries)};

}  // namespace tide
