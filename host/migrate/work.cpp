#include "migrate/work.h"

#include <utility>

#include "base/text.h"
#include "db/script.h"
#include "lua/migration_script.h"
#include "migrate/fingerprint.h"
#include "migrate/sql_migration.h"
#include "sys/files.h"

namespace tide {

namespace {

struct Origin {
  Migration::Kind kind;
  MigrationText text;
  std::string file;       // how errors name it
  std::string down_file;  // of a pair
};

Origin origin_of(const PlanStep& step, const std::optional<StoredSource>& stored, const std::string& project_dir) {
  if (step.source) {
    return {step.source->kind, read_source(*step.source, project_dir), step.source->path, step.source->down_path};
  }
  const std::string file = cat("(history) ", step.version, "_", stored->name);
  const char* ending = stored->kind == Migration::Kind::kLua ? ".lua" : ".sql";
  return {stored->kind, stored->text, cat(file, ending), stored->pair ? cat(file, ".down.sql") : ""};
}

[[noreturn]] void refuse_down(const PlanStep& step, const std::string& file, const std::string& why) {
  throw Error(ErrorKind::kHistory, cat(step.version, " ", step.name, " cannot be reverted: ", why))
      .at(file)
      .advise(cat("write a new migration that undoes it: tide new undo_", step.name));
}

void load_lua(Work& work, LuaState& lua, const Origin& origin) {
  const auto script = std::make_shared<MigrationScript>(lua, origin.file, origin.text.up);
  work.transaction = script->transaction;
  work.lock_timeout = script->lock_timeout;
  work.statement_timeout = script->statement_timeout;
  if (script->max_blocked) work.max_blocked = static_cast<int>(*script->max_blocked);
  work.max_blocked_ms = script->max_blocked_ms;
  work.repeatable = script->repeatable;
  work.at_checkpoint = [&lua] { return lua.at_checkpoint(); };
  work.effects = [&lua] { return lua.effects().count(); };
  work.additive_only = script->additive_only;
  work.requires_backup = script->requires_backup;
  work.silences = script->lint;
  if (work.additive_only && !work.transaction) {
    throw Error(ErrorKind::kConfig, "additive_only undoes what it finds, so it needs the migration's transaction")
        .at(origin.file);
  }
  work.has_down = script->has_down();
  work.irreversible = script->irreversible;
  if (script->has_verify()) work.verify = [script](const auto& connection) { script->verify(connection); };
  if (work.step.direction == Direction::kUp) {
    work.run = [script](const auto& connection) { script->up(connection); };
    return;
  }
  if (!script->irreversible.empty()) refuse_down(work.step, origin.file, script->irreversible);
  if (!script->has_down()) refuse_down(work.step, origin.file, "the script has no `down`");
  work.run = [script](const auto& connection) { script->down(connection); };
}

// \i of a SQL migration is relative to the project.
ScriptOptions script_options(const SqlPart& part, const std::string& project_dir) {
  return {part.file, [project_dir](const std::string& path) { return read_file(absolute_path(path, project_dir)); }};
}

void load_sql(Work& work, const Origin& origin, const std::string& project_dir) {
  SqlMigration sql = origin.down_file.empty() ? parse_sql(origin.text.up, origin.file)
                                              : parse_sql_pair(origin.text, origin.file, origin.down_file);
  work.has_down = sql.down.has_value();
  if (work.step.direction == Direction::kDown && !sql.down) {
    refuse_down(work.step, origin.file, "it has no down part (\"-- tide:down\", or a .down.sql beside it)");
  }
  const auto part =
      std::make_shared<SqlPart>(work.step.direction == Direction::kUp ? std::move(sql.up) : std::move(*sql.down));
  work.transaction = part->transaction;
  work.silences = part->silences;
  work.run = [part, project_dir](const auto& connection) {
    // so that lines are those of the file
    const std::string text = std::string(static_cast<std::size_t>(part->line - 1), '\n') + part->text;
    run_script(*connection, text, script_options(*part, project_dir));
  };
}

}  // namespace

Work load_work(LuaState& lua, const PlanStep& step, const std::optional<StoredSource>& stored,
               const std::string& project_dir, Dialect dialect) {
  Work work;
  work.step = step;
  Origin origin = origin_of(step, stored, project_dir);
  if (origin.kind == Migration::Kind::kLua) {
    load_lua(work, lua, origin);
  } else {
    load_sql(work, origin, project_dir);
  }
  if (step.direction == Direction::kUp) work.fingerprint = fingerprint(origin.kind, origin.text, dialect);
  work.text = std::move(origin.text);
  return work;
}

}  // namespace tide
