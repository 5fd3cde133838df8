-- What http.* returns, and which statuses count as good.
local native = ...

local raise, type = native.host.raise, native.numeric.type

local LONGEST_EXCERPT = 200

local http_response = {}

-- The beginning of a body, on one line.
function http_response.excerpt(body)
  local line = body:sub(1, LONGEST_EXCERPT):gsub("[%s%z]+", " "):gsub("^ ", ""):gsub(" $", "")
  return #body > LONGEST_EXCERPT and line .. " ..." or line
end

-- The value; or nil and what is wrong with the text.
function http_response.decode(body)
  local ok, value = pcall(native.json.decode, body)
  if ok then return value end
  if type(value) ~= "table" or value.kind ~= "config" then error(value, 0) end
  return nil, value.message
end

local Headers = { __metatable = false }
-- as HTTP has it, names of headers are the same in upper and lower case
function Headers.__index(headers, name)
  if type(name) == "string" then return rawget(headers, name:lower()) end
end

-- `text` names the request in messages.
function http_response.new(response, text)
  setmetatable(response.headers, Headers)
  function response.json()
    if response.recorded then return {} end
    local value, wrong = http_response.decode(response.body)
    if not wrong then return value end
    raise {
      kind = "io", detail = http_response.excerpt(response.body),
      message = ("%s: answered %d, but its body is not JSON: %s"):format(text, response.status, wrong),
    }
  end
  return response
end

-- `wanted`: a status, a list of them, or true for 2xx.
function http_response.is_status(status, wanted)
  if wanted == true then return status >= 200 and status < 300 end
  for _, one in ipairs(type(wanted) == "table" and wanted or { wanted }) do
    if one == status then return true end
  end
  return false
end

function http_response.status_text(wanted)
  if wanted == true then return "2xx" end
  return type(wanted) == "table" and table.concat(wanted, " or ") or tostring(wanted)
end

-- Raises where that is neither a boolean, nor a status, nor a list of them.
function http_response.check_wanted(wanted, what)
  if type(wanted) == "boolean" or wanted == nil then return end
  local list = type(wanted) == "table" and wanted or { wanted }
  for i = 1, math.max(#list, 1) do
    local status = list[i]
    if type(status) ~= "number" or status < 100 or status > 599 then
      raise { kind = "usage", message = what .. " is a status such as 200, or a list of them" }
    end
  end
end

return http_response
