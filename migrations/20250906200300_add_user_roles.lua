local expect = require "tide.expect"

-- One clause a statement: SQLite's ALTER TABLE takes no more.
return {
  description = "What a user may do, the user's share of the portal's fee, the account at Juno",

  up = function(db)
    db:script [[
      ALTER TABLE users ADD COLUMN role text NOT NULL DEFAULT 'customer'
        CHECK (role IN ('customer', 'seller', 'admin'));
      ALTER TABLE users ADD COLUMN portal_share numeric(5,4) NOT NULL DEFAULT 0
        CHECK (portal_share >= 0 AND portal_share <= 1);
      ALTER TABLE users ADD COLUMN juno_bank_account_id text;
      CREATE UNIQUE INDEX idx_users_juno_bank_account ON users (juno_bank_account_id);
    ]]
  end,

  down = function(db)
    db:script [[
      DROP INDEX idx_users_juno_bank_account;
      ALTER TABLE users DROP COLUMN juno_bank_account_id;
      ALTER TABLE users DROP COLUMN portal_share;
      ALTER TABLE users DROP COLUMN role;
    ]]
  end,

  verify = function(db)
    expect.table(db, "users"):has_columns { "role", "portal_share", "juno_bank_account_id" }
    expect.index(db, "idx_users_juno_bank_account")
    expect.value(db, "SELECT count(*) FROM users WHERE portal_share > 0 AND role = 'customer'"):equals(0)
  end,
}
