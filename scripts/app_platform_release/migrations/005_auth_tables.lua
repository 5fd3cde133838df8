local expect = require "tide.expect"

return schema.migration {
  description = "Sessions, and the roles that people have",
  change = function(s)
    s:create_table("roles", { { "id", "id" }, { "name", "text", not_null = true, unique = true } })
    s:create_table("user_roles", {
      { "user_id", "bigint", references = "users", on_delete = "cascade" },
      { "role_id", "bigint", references = "roles", on_delete = "cascade" },
      primary_key = { "user_id", "role_id" },
      indexes = { { "role_id" } },
    })
    s:create_table("user_sessions", {
      { "id", "id" },
      { "user_id", "bigint", not_null = true, references = "users", on_delete = "cascade" },
      { "token_hash", "text", not_null = true, unique = true },
      { "expires_at", "timestamptz", not_null = true },
      indexes = { { "user_id" } },
    })
    s:add_column("users", "last_login_at", "timestamptz")
  end,
  verify = function(db)
    expect.table(db, "users"):has_columns { "last_login_at" }
    expect.foreign_key(db, "user_sessions", "user_id"):references "users"
  end,
}
