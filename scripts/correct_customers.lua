-- The spreadsheet comes back corrected. Try it: tide run correct_customers --dry-run
local data = require "tide.data"

return data.import_csv(db, {
  file = "customers.csv", table = "customers", delimiter = ";", on_conflict = "update",
  change = function(row) row.email = row.email:lower() end,
  on_error = "collect",
})
