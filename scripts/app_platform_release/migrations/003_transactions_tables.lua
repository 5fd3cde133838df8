local expect = require "tide.expect"

return schema.migration {
  description = "What moved on each account",
  change = function(s)
    s:create_table("categories", { { "id", "id" }, { "name", "text", not_null = true, unique = true } })
    s:create_table("transactions", {
      { "id", "id" },
      { "account_id", "bigint", not_null = true, references = "accounts", on_delete = "cascade" },
      { "category_id", "bigint", references = "categories" },
      { "amount", "numeric(14,2)", not_null = true },
      { "booked_on", "date", not_null = true },
      { "memo", "text" },
      indexes = { { "account_id" }, { "category_id" } },
    })
  end,
  verify = function(db) expect.foreign_key(db, "transactions", "account_id"):references "accounts" end,
}
