-- spawn.lua COUNT PROGRAM: runs the program COUNT times, returns the median microseconds.
local times = {}
for i = 1, tonumber(arg[1]) do
  local begun = time.monotonic()
  shell.run { arg[2] }
  times[i] = (time.monotonic() - begun) * 1e6
end
table.sort(times)
return times[math.floor(#times / 2) + 1]
