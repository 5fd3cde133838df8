---@meta

---JSON that loses nothing: members keep their order, integers and decimals that a double would change are `numeric`,
---JSON's null is `null`.
---@class tide.json
json = {}

---@param text string
---@return any value   raises an error of kind "config" with the line and column of what is wrong
function json.decode(text) end

---A table with elements 1..n is an array, any other an object; an empty one is an object unless it was decoded as an
---array. Decoded objects keep their order, other keys are sorted. What JSON cannot say (NaN, functions, keys that are not
---strings, text that is not UTF-8) raises.
---@param value any
---@param pretty? boolean   indented by two; default false
---@return string
function json.encode(value, pretty) end
