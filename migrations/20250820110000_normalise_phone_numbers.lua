local expect = require "tide.expect"

local calling_codes = { DE = "49", MX = "52", US = "1" }

local function to_e164(phone, country)
  local digits = phone:gsub("%D", "")
  if phone:match "^%s*%+" then return "+" .. digits end
  if digits:match "^00" then return "+" .. digits:sub(3) end
  local code = calling_codes[country]
  if not code then error(("no calling code for country %q (phone %q)"):format(country, phone)) end
  return "+" .. code .. digits:gsub("^0", "")
end

return {
  description = "Phone numbers in E.164; what people had typed stays in phone_as_typed",

  up = function(db)
    db:execute "ALTER TABLE users ADD COLUMN phone_as_typed text"
    for row in db:rows "SELECT id, phone, country FROM users WHERE phone IS NOT NULL ORDER BY id" do
      local phone = to_e164(row.phone, row.country)
      if phone ~= row.phone then
        db:execute("UPDATE users SET phone = $1, phone_as_typed = $2 WHERE id = $3", phone, row.phone, row.id)
      end
    end
  end,

  down = function(db)
    db:execute "UPDATE users SET phone = phone_as_typed WHERE phone_as_typed IS NOT NULL"
    db:execute "ALTER TABLE users DROP COLUMN phone_as_typed"
  end,

  verify = function(db)
    for row in db:rows "SELECT id, phone FROM users WHERE phone IS NOT NULL ORDER BY id" do
      expect.that(row.phone:match "^%+[1-9]%d%d%d%d%d%d+$", "user " .. row.id .. " has an E.164 phone, not " .. row.phone)
    end
  end,
}
