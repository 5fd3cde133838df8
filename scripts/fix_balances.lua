-- Balances that do not follow from credit and debit. Only a few should be wrong: more than one in ten would mean that the
-- rule is not what it is thought to be.
local data = require "tide.data"

local count = db:value "SELECT count(*) FROM customers"

return data.transform(db, {
  table = "customers", columns = { "balance" }, read = { "credit", "debit" },
  where = "balance <> credit - debit",
  change = function(row) row.balance = row.credit - row.debit end,
  expect = { max = math.ceil(count / 10) },
  throttle = { max_batch = "200ms" },
})
