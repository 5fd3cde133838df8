-- What the stand-ins of tests/support/standins keep in the folder that they run in.
local stand_ins = {}

function stand_ins.state(name, state)
  fs.mkdir ".standins"
  fs.write((".standins/%s.json"):format(name), json.encode(state))
end

-- What they were called with: "pm2 restart api".
function stand_ins.calls()
  local calls = {}
  for line in fs.read(".standins/calls"):gmatch("[^\n]+") do calls[#calls + 1] = table.concat(json.decode(line), " ") end
  return calls
end

function stand_ins.last_call()
  local calls = stand_ins.calls()
  return calls[#calls]
end

return stand_ins
