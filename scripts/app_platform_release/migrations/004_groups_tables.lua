local expect = require "tide.expect"

return schema.migration {
  description = "People who share accounts",
  change = function(s)
    s:create_table("groups", { { "id", "id" }, { "name", "text", not_null = true } })
    s:create_table("group_members", {
      { "group_id", "bigint", references = "groups", on_delete = "cascade" },
      { "user_id", "bigint", references = "users", on_delete = "cascade" },
      { "role", "text", not_null = true, default = "member", check = "role IN ('owner', 'member')" },
      primary_key = { "group_id", "user_id" },
      indexes = { { "user_id" } },
    })
  end,
  verify = function(db) expect.foreign_key(db, "group_members", "group_id"):references "groups" end,
}
