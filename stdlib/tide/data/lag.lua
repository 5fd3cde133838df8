-- How far replicas are behind, told by places in the log: what a replica lacks was written since the server was where the
-- replica is now. What the server itself measures stands still while a replica does.

local lag = {}

local FORGOTTEN_AFTER = 300 -- seconds: a replica that is gone so long is waited for no more

-- `moments`: when the server had come where (seconds, bytes), in order; `replicas`: by name, where each was last seen.
function lag.meter() return { moments = {}, replicas = {} } end

local function remember(meter, now, here)
  local last = meter.moments[#meter.moments]
  if not last or last.place < here then meter.moments[#meter.moments + 1] = { at = now, place = here } end
end

-- Seconds; and false where it is more than that, because the replica has not yet come to where the server was at first.
local function behind(meter, now, place)
  local missing
  for i = #meter.moments, 1, -1 do
    if meter.moments[i].place <= place then break end
    missing = i
  end
  if not missing then return 0, true end
  return now - meter.moments[missing].at, missing > 1
end

-- What no replica has to be measured by any more.
local function forget_moments(meter)
  local least
  for _, replica in pairs(meter.replicas) do least = math.min(least or replica.place, replica.place) end
  local moments = meter.moments
  while #moments > 1 and (not least or moments[2].place <= least) do table.remove(moments, 1) end
end

local function meet(meter, now, there)
  for _, replica in pairs(meter.replicas) do replica.here = false end
  for _, seen in ipairs(there) do
    local known = meter.replicas[seen.name]
    local place = known and known.here and math.min(known.place, seen.place) or seen.place
    meter.replicas[seen.name] = { name = seen.name, place = place, seen = now, here = true }
  end
end

-- Takes in that at `now` the server is at `here` and its replicas are at `there`, a list of { name =, place = }.
-- Returns the one that is furthest behind, { name =, seconds =, bytes =, exact =, gone = }, nil where none is behind; and
-- the names of those that have been gone too long.
function lag.look(meter, now, here, there)
  remember(meter, now, here)
  meet(meter, now, there)
  local worst, forgotten = nil, {}
  for name, replica in pairs(meter.replicas) do
    if now - replica.seen > FORGOTTEN_AFTER then
      forgotten[#forgotten + 1] = name
      meter.replicas[name] = nil
    else
      local seconds, exact = behind(meter, now, replica.place)
      if here > replica.place and (not worst or seconds > worst.seconds or not exact and worst.exact) then
        worst = { name = name, seconds = seconds, bytes = here - replica.place, exact = exact,
          gone = not replica.here and now - replica.seen or nil }
      end
    end
  end
  forget_moments(meter)
  return worst, forgotten
end

return lag
