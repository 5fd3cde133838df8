-- Reads every row of table r through db:rows, touches all six columns, and prints the checksum line that read_floor.c
-- prints too. 10,000 rows stay alive, so that nothing can be spared by not making them.
local kept = {}
local rows, ids, name_bytes, quantities, prices, active, half_seconds = 0, 0, 0, 0, 0, 0, 0

for row in db:rows "SELECT * FROM r" do
  rows = rows + 1
  kept[rows % 10000 + 1] = row
  ids = ids + row.id
  name_bytes = name_bytes + #row.name
  quantities = quantities + row.qty
  prices = prices + row.price
  if row.active then active = active + 1 end
  if row.created_at:byte(20) == 46 then half_seconds = half_seconds + 1 end
end

assert(#kept == 10000)
print(("%d %d %d %d %.0f %d %d"):format(rows, ids, name_bytes, quantities, prices, active, half_seconds))
