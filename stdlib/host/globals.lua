-- Finds, in compiled bytecode, each global that a script reads or assigns: a typing mistake is an error with its line
-- before anything has run, also on a path that would only be taken at three in the morning.
local native = ...

local util = require "jit.util"
local band, rshift = bit.band, bit.rshift

local function opcode(source, pc) return band(util.funcbc(loadstring(source), pc), 0xff) end

local READ = opcode("return x", 1)
local WRITE = opcode("x = 1", 2)

local function name_of(prototype, instruction) return util.funck(prototype, -rshift(instruction, 16) - 1) end

local function visit(prototype, found)
  local pc = 1
  while true do
    local instruction = util.funcbc(prototype, pc)
    if not instruction then break end
    local op = band(instruction, 0xff)
    if op == READ or op == WRITE then
      found[#found + 1] = {
        name = name_of(prototype, instruction),
        write = op == WRITE,
        line = util.funcinfo(prototype, pc).currentline,
      }
    end
    pc = pc + 1
  end
  local constant = -1
  while true do
    local value = util.funck(prototype, constant)
    if value == nil then break end
    if type(value) == "proto" then visit(value, found) end
    constant = constant - 1
  end
  return found
end

local function message_of(use, known)
  if use.write then
    return ("assignment to the global '%s': write `local %s`"):format(use.name, use.name)
  end
  local names = {}
  for name in pairs(known) do names[#names + 1] = name end
  local near = native.host.nearest(use.name, names)
  local text = ("undefined global '%s'"):format(use.name)
  if near ~= "" then text = text .. (" (did you mean '%s'?)"):format(near) end
  return text
end

local globals = {}

-- Raises for the first one (by line) that is not in `known`.
function globals.check(chunk, file, known)
  local first
  for _, use in ipairs(visit(chunk, {})) do
    if (use.write or not known[use.name]) and (first == nil or use.line < first.line) then first = use end
  end
  if first then
    native.host.raise { kind = "config", message = message_of(first, known), file = file, line = first.line }
  end
end

return globals
