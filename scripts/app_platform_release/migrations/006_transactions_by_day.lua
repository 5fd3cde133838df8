return schema.migration {
  description = "The month's view reads an account's transactions by day",
  transaction = false,
  change = function(s) s:add_index("transactions", { "account_id", "booked_on" }, { concurrently = true }) end,
}
