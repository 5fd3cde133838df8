-- Asks for arg[2] arg[1] times, returns microseconds for one.
local count = tonumber(arg[1])
local begun = time.monotonic()
for _ = 1, count do
  local response = http.get(arg[2])
  assert(response.status == 200 and #response.body == 100)
end
return (time.monotonic() - begun) / count * 1e6
