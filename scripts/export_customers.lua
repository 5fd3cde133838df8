-- Customers for a spreadsheet, as customers.csv: tide run export_customers
local data = require "tide.data"

return data.export_csv(db, {
  table = "customers", columns = { "id", "email", "phone" }, file = "customers.csv", delimiter = ";", overwrite = true,
})
