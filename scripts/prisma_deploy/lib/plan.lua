-- Which pending migrations are applied, which are only marked as applied, and what stands in the way. Pure: from the
-- folder, Prisma's history, what each migration does (shadow.walk) and the schema of production.
local prisma = require "tide.prisma"
local additive = require "additive"

local plan = {}

local function key(difference) return ("%s %s %s"):format(difference.kind, difference.name, difference.part or "") end

local function property_key(difference) return key(difference) .. " " .. tostring(difference.property) end

-- How production differs from what a migration comes to, by what differs.
local function index(differences)
  local found = { missing = {}, extra = {}, property = {}, any = {} }
  for _, each in ipairs(differences) do
    if each.change == "only_in_b" then found.missing[key(each)] = true end
    if each.change == "only_in_a" then found.extra[key(each)] = true end
    if each.change == "differs" then found.property[property_key(each)] = each end
    -- What production has beside it may come from later migrations.
    if each.change ~= "only_in_a" then
      found.any[("%s %s"):format(each.kind, each.name)] = each.text
      if each.change == "differs" then found.any[key(each)] = each.text end
    end
  end
  return found
end

local function same(a, b) return json.encode { a } == json.encode { b } end

-- "absent", "present", or what is there instead.
local function presence_of(effect, production)
  local whole = ("%s %s"):format(effect.kind, effect.name)
  if effect.change == "only_in_a" then return production.extra[key(effect)] and "absent" or "present" end
  if production.missing[key(effect)] or effect.part and production.missing[whole .. " "] then return "absent" end
  if effect.change == "differs" then
    local differs = production.property[property_key(effect)]
    if not differs then return "present" end
    return same(differs.a, effect.a) and "absent" or differs.text
  end
  return production.any[effect.part and key(effect) or whole] or "present"
end

-- Of what a migration does: how much production lacks, has as it should be, and has otherwise.
function plan.presence(effect, production)
  local counts = { absent = 0, present = 0, different = {} }
  local differences = index(schema.diff(production, effect.after, { a = "production", b = effect.name }))
  for _, each in ipairs(effect.differences) do
    local there = presence_of(each, differences)
    if counts[there] then counts[there] = counts[there] + 1 else counts.different[#counts.different + 1] = there end
  end
  return counts
end

local function judge_pending(found, migration, effect, production)
  local function problem(text) found.problems[#found.problems + 1] = migration.name .. " " .. text end
  local function mark(why) found.mark[#found.mark + 1] = { name = migration.name, why = why } end
  if not migration.sql then return problem "has no migration.sql: Prisma would stop there (P3015); remove the folder" end
  if effect.duplicate_of then return mark("does what " .. effect.duplicate_of .. " does") end
  if effect.unknown then return end
  if effect.failure then return problem("cannot be applied: " .. effect.failure) end
  local there = plan.presence(effect, production)
  if #there.different > 0 then return problem("meets something else that has its name: " .. there.different[1]) end
  if there.present > 0 and there.absent > 0 then
    return problem(("is there in part: %d of %d"):format(there.present, there.present + there.absent))
  end
  if there.present > 0 then return mark "is there already" end
  for _, loss in ipairs(additive.losses(effect.differences)) do problem("is not additive: " .. loss) end
  found.apply[#found.apply + 1] = migration.name
end

local function judge_applied(found, migration, row)
  if row.state == "failed" then
    found.problems[#found.problems + 1] = migration.name .. " has failed earlier: resolve it first (P3009)"
  elseif not migration.sql or not prisma.is_same_file(migration, row.checksum) then
    found.problems[#found.problems + 1] = migration.name .. " was edited after it was applied"
  end
end

-- What production lacks, or has otherwise, of what its history says. What it has beside that is not Prisma's concern.
local function drift(found, migrations, history, effects, production)
  local last
  for i, each in ipairs(migrations) do
    local row = history[each.name]
    if row and row.state == "applied" and effects[i].after then last = effects[i].after end
  end
  for _, each in ipairs(last and schema.diff(production, last, { a = "production", b = "what its history says" }) or {}) do
    local is_later = each.change == "only_in_a"
    if not is_later then found.problems[#found.problems + 1] = "drift: " .. each.text end
  end
end

-- { apply = { names }, mark = { { name, why } }, problems = { texts } }
function plan.make(migrations, history, effects, production)
  local found, known = { apply = {}, mark = {}, problems = {} }, {}
  for i, migration in ipairs(migrations) do
    known[migration.name] = true
    local row = history[migration.name]
    if not row or row.state == "rolled_back" then
      judge_pending(found, migration, effects[i], production)
    else
      judge_applied(found, migration, row)
    end
  end
  for name, row in pairs(history) do
    if not known[name] and row.state ~= "rolled_back" then
      found.problems[#found.problems + 1] = name .. " was applied, and is not in the folder"
    end
  end
  drift(found, migrations, history, effects, production)
  table.sort(found.problems)
  return found
end

-- Tables and columns that these migrations make, for what a way back would lose.
function plan.makes(effects, names)
  local wanted, tables, columns = {}, {}, {}
  for _, name in ipairs(names) do wanted[name] = true end
  for _, effect in ipairs(effects) do
    for _, each in ipairs(wanted[effect.name] and effect.differences or {}) do
      if each.kind == "table" and not each.part then tables[#tables + 1] = each.name end
      if each.part_kind == "column" then
        columns[#columns + 1] = { table = each.name, column = each.part, default = each.b.default }
      end
    end
  end
  return { tables = tables, columns = columns }
end

return plan
