#include "cli/templates.h"

#include "base/json.h"
#include "base/text.h"

namespace tide {

std::string project_template() {
  return R"(# The environment to work on when neither -e nor TIDE_ENV names one.
default_env = "dev"
migrations  = "migrations"
scripts     = "scripts"

[env.dev]
url = "sqlite:dev.db"

# [env.production]
# url               = "${DATABASE_URL}"   # from the environment or .env; a secret is never written here
# protected         = true                # asks for the environment's name before it changes anything
# lock_timeout      = "3s"                # a statement that waits longer for a lock fails, and is tried again
# statement_timeout = "0"                 # no limit
# masked            = ["users.email", "*.password_hash"]
)";
}

std::string gitignore_template() {
  return "/.env\n"
         "/.tide/\n"
         "/backups/\n"
         "*.db\n"
         "*.db-journal\n"
         "*.db-shm\n"
         "*.db-wal\n"
         "*-tide-lock\n";
}

std::string luarc_template() {
  const Json settings = Json::Object{
      {"runtime.version", "LuaJIT"},
      {"workspace.library", Json::List{".tide/meta"}},
      {"workspace.checkThirdParty", false},
  };
  return dump_json(settings, 2) + "\n";
}

std::string lua_template(const std::string& title) {
  return cat("return {\n  description = \"", title, "\",\n", R"(
  -- Runs in a transaction of its own, together with verify and the row in the history.
  up = function(db)
    -- db:execute [[CREATE TABLE users (id bigint PRIMARY KEY, email text NOT NULL)]]
    -- db:execute("UPDATE users SET plan = $1 WHERE plan IS NULL", "free")
  end,

  -- Takes back what up did. Where that cannot be: down = irreversible "why"
  down = function(db)
    -- db:execute "DROP TABLE users"
  end,

  -- Raises when up did not do what it should; then nothing of it stays.
  verify = function(db)
    -- assert(db:value "SELECT count(*) FROM users WHERE plan IS NULL" == 0, "every user has a plan")
  end,
}
)");
}

std::string data_template(const std::string& title) {
  return cat("return {\n  description = \"", title, "\",\n", R"(
  -- Reads the rows in constant memory, changes them in Lua, writes only what changed.
  up = function(db)
    -- for row in db:rows "SELECT id, phone FROM users WHERE phone IS NOT NULL ORDER BY id" do
    --   local phone = row.phone:gsub("[^%d+]", "")
    --   if phone ~= row.phone then
    --     db:execute("UPDATE users SET phone = $1 WHERE id = $2 AND phone = $3", phone, row.id, row.phone)
    --   end
    -- end
  end,

  -- Keep the old values in a table of their own if they have to come back.
  down = irreversible "the values before the change are not kept",

  verify = function(db)
    -- assert(db:value "SELECT count(*) FROM users WHERE phone LIKE '% %'" == 0, "no phone has a blank")
  end,
}
)");
}

std::string sql_template(const std::string& title) {
  return cat("-- ", title, "\n",
             "-- Each part runs in a transaction of its own; the directive tide:no-transaction opts out of that.\n"
             "\n"
             "-- tide:up\n"
             "-- CREATE TABLE users (id bigint PRIMARY KEY, email text NOT NULL);\n"
             "SELECT 1;\n"
             "\n"
             "-- tide:down\n"
             "-- DROP TABLE users;\n"
             "SELECT 1;\n");
}

std::string runbook_template(const std::string& title) {
  return cat("local runbook = require \"tide.runbook\"\n\nreturn runbook {\n  title = \"", title,
             "\", risk = \"medium\", budget = \"1h\",\n", R"(
  -- From --set NAME=VALUE, the variable `env`, the default, or asked.
  inputs = {
    health = { description = "URL that answers 200 when the application is well" },
  },

  -- Everything that can be known to fail is said before step 1. Nothing in here may change anything.
  preflight = function(run)
    run:need_database {}
    run:need_privilege "CREATE"
    run:no_blocking_transactions "1m"
    run:need_pending()
    if run.inputs.health then run:need_url(run.inputs.health) end
  end,

  timers = { { "Post a status update", every = "30m" } },

  phases = {
    { "Prepare",
      { "Tell the team", manual = "Post the start of the maintenance in the status channel" },
      { "Back up", budget = "10m",
        up = function(run) run.backup = backup.create {}.label end,
        verify = function(run) backup.verify(run.backup) end },
      -- { "Maintenance on", always_down = true, -- its down runs however the run ends
      --   up = function(run) shell.run { "heroku", "maintenance:on", "--app", run.inputs.app } end,
      --   down = function(run) shell.run { "heroku", "maintenance:off", "--app", run.inputs.app } end },
    },
    { "Migrate",
      { "Apply", budget = "10m",
        up = function(run) run:migrate() end,
        down = function(run) run:migrate_down() end }, -- what this step applied, and nothing else
    },
    { "Prove",
      { "The application is well", within = "5m", every = "5s", for_ = "15s",
        when = function(run) return run.inputs.health ~= nil end,
        hold = function(run) return http.get(run.inputs.health).status == 200 end },
      -- { "Maintenance off", ends = "Maintenance on" },
    },
  },

  -- Looked at when all steps are done; the report lists them.
  success = {
    { "Nothing is pending", function(run) return #run:migration_status().pending == 0 end },
  },

  follow_up = { "Look at error rates and slow queries again after 24 hours" },
}
)");
}

}  // namespace tide
