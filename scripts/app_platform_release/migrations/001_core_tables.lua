local expect = require "tide.expect"

return schema.migration {
  description = "Who keeps accounts",
  change = function(s)
    s:create_table("users", {
      { "id", "id" },
      { "email", "text", not_null = true, unique = true },
      { "name", "text", not_null = true },
      { "is_active", "boolean", not_null = true, default = true },
      timestamps = true,
    })
  end,
  verify = function(db) expect.table(db, "users"):has_columns { "id", "email", "name", "is_active" } end,
}
