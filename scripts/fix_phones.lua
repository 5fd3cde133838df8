-- Phones in E.164 and addresses in lower case. Try it: tide run fix_phones --dry-run
local data = require "tide.data"

local function to_e164(phone)
  local digits = phone:gsub("%D", "")
  if #digits == 10 then return "+52" .. digits end
  if #digits == 12 then return "+" .. digits end
  error("no phone number: " .. phone)
end

return data.transform(db, {
  table = "customers", columns = { "phone", "email" },
  change = function(row)
    if row.phone then row.phone = to_e164(row.phone) end
    row.email = row.email:lower()
  end,
  on_error = "collect",
})
