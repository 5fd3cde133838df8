-- Phone and address normalised, a key of the JSON set: about 60 % of the rows change. --set images=on|off, workers=N
local data = require "tide.data"

local function tier(cents) return cents >= 1000000 and "gold" or cents >= 100000 and "silver" or "bronze" end

data.transform(db, {
  table = "customers", columns = { "email", "phone", "meta" }, read = { "amount_cents" }, set = { updated_at = "now()" },
  before_images = arg.images == "on", workers = tonumber(arg.workers or 1),
  change = function(row)
    row.email = (row.email:match("^%s*(.*%S)") or ""):lower()
    local digits = row.phone:gsub("%D+", "")
    if #digits == 10 then row.phone = "+52" .. digits elseif #digits == 12 then row.phone = "+" .. digits end
    local meta, wanted = json.decode(row.meta), tier(row.amount_cents)
    if meta.tier ~= wanted then
      meta.tier = wanted
      row.meta = json.encode(meta)
    end
  end,
})
