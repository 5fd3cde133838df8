-- Assertions of the specs. Each raises at the line of its caller.
local check = {}

local function show(value)
  if type(value) == "string" then return ("%q"):format(value) end
  return ("%s (%s)"):format(tostring(value), type(value))
end

function check.equal(found, expected)
  if found ~= expected then error(("expected %s, found %s"):format(show(expected), show(found)), 2) end
end

-- Equal, and of the same Lua type: 1 is not numeric "1".
function check.identical(found, expected)
  if type(found) ~= type(expected) or found ~= expected then
    error(("expected %s, found %s"):format(show(expected), show(found)), 2)
  end
end

local function difference(found, expected, path)
  if type(found) ~= "table" or type(expected) ~= "table" then
    if found == expected then return nil end
    return ("%s: expected %s, found %s"):format(path, show(expected), show(found))
  end
  for key in pairs(expected) do
    local problem = difference(found[key], expected[key], path .. "." .. tostring(key))
    if problem then return problem end
  end
  for key in pairs(found) do
    if expected[key] == nil then return ("%s.%s: not expected, found %s"):format(path, tostring(key), show(found[key])) end
  end
end

-- Tables of equal members, however deep.
function check.same(found, expected)
  local problem = difference(found, expected, "value")
  if problem then error(problem, 2) end
end

function check.contains(text, part)
  if not tostring(text):find(part, 1, true) then error(("%s does not contain %q"):format(show(text), part), 2) end
end

-- `fn(...)` raises an error object with these fields. Returns it.
function check.raises(fields, fn, ...)
  local ok, failure = pcall(fn, ...)
  if ok then error("nothing was raised", 2) end
  if type(failure) ~= "table" then error("raised no error object but " .. show(failure), 2) end
  for name, expected in pairs(fields) do
    if failure[name] ~= expected then
      error(("%s: expected %s, found %s (%s)"):format(name, show(expected), show(failure[name]), tostring(failure)), 2)
    end
  end
  return failure
end

return check
