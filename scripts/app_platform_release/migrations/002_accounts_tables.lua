local expect = require "tide.expect"

return schema.migration {
  description = "Institutions, and the accounts that people have there",
  change = function(s)
    s:create_table("institutions", { { "id", "id" }, { "name", "text", not_null = true, unique = true } })
    s:create_table("accounts", {
      { "id", "id" },
      { "user_id", "bigint", not_null = true, references = "users", on_delete = "cascade" },
      { "institution_id", "bigint", references = "institutions" },
      { "name", "text", not_null = true },
      { "currency", "char(3)", not_null = true, default = "USD" },
      indexes = { { "user_id" }, { "institution_id" } },
    })
  end,
  verify = function(db) expect.foreign_key(db, "accounts", "user_id"):references "users" end,
}
