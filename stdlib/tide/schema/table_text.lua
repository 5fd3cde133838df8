-- The text of a SQLite table, CREATE TABLE ..., with one thing changed and all else as it was written.
local native = ...

local TableText = {}
TableText.__index = TableText

local function usage(message) native.host.raise { kind = "usage", message = message } end

local function same_name(a, b) return a:lower() == b:lower() end

-- The definitions between the commas in their order: columns, and constraints of the table.
local function definitions_of(layout)
  local list = {}
  for _, column in ipairs(layout.columns) do list[#list + 1] = { column = column, span = column.span } end
  for _, constraint in ipairs(layout.constraints) do
    if not constraint.column then list[#list + 1] = { constraint = constraint, span = constraint.span } end
  end
  table.sort(list, function(a, b) return a.span[1] < b.span[1] end)
  return list
end

-- `sql` as sqlite_schema keeps it, of a table called `name`.
local function read(name, sql)
  local layout = native.json.decode(native.schema.layout(sql))
  local self = { name = name, sql = sql, layout = layout, definitions = definitions_of(layout) }
  for i, definition in ipairs(self.definitions) do
    local following = self.definitions[i + 1]
    definition.text = sql:sub(definition.span[1], definition.span[2])
    definition.gap = following and sql:sub(definition.span[2] + 1, following.span[1] - 1)
  end
  self.head = sql:sub(layout.body[1], self.definitions[1].span[1] - 1)
  self.foot = sql:sub(self.definitions[#self.definitions].span[2] + 1, layout.body[2])
  return setmetatable(self, TableText)
end

function TableText:columns() return self.layout.columns end

-- The definition of a column, and where it stands.
function TableText:find_column(name)
  local known = {}
  for i, definition in ipairs(self.definitions) do
    if definition.column then
      if same_name(definition.column.name, name) then return definition, i end
      known[#known + 1] = definition.column.name
    end
  end
  usage(("table %s has no column %s; it has %s"):format(self.name, name, table.concat(known, ", ")))
end

-- Behind the last column, as ALTER TABLE does it.
function TableText:add_column(definition)
  local last = 0
  for i, known in ipairs(self.definitions) do
    if known.column then last = i end
  end
  table.insert(self.definitions, last + 1, { text = definition, gap = ", " })
end

-- A constraint of the table.
function TableText:append(definition) table.insert(self.definitions, { text = definition }) end

local function mentions(text, name)
  local plain = name:lower():gsub("%W", "%%%0")
  return text:lower():find("%f[%w_]" .. plain .. "%f[^%w_]") ~= nil
end

local function concerns(constraint, name)
  for _, column in ipairs(constraint.columns) do
    if same_name(column, name) then return true end
  end
  return constraint.type == "check" and mentions(constraint.definition, name)
end

-- Constraints that a column is part of, its own included.
function TableText:constraints_on(name)
  local found = {}
  for _, constraint in ipairs(self.layout.constraints) do
    if concerns(constraint, name) or constraint.column and same_name(constraint.column, name) then
      found[#found + 1] = constraint
    end
  end
  return found
end

-- With the constraints that it is part of, as PostgreSQL does it.
function TableText:remove_column(name)
  local _, at = self:find_column(name)
  table.remove(self.definitions, at)
  for _, constraint in ipairs(self:constraints_on(name)) do
    if not constraint.column or not same_name(constraint.column, name) then self:cut(constraint) end
  end
end

-- Out of its column, or out of the table.
function TableText:cut(constraint)
  if constraint.column then
    local definition = self:find_column(constraint.column)
    return self.replace(definition, constraint.span, "")
  end
  for i, definition in ipairs(self.definitions) do
    if definition.constraint == constraint then return table.remove(self.definitions, i) end
  end
end

-- `span` of the whole text inside of a definition; definitions are changed once.
function TableText.replace(definition, span, text)
  local from = span[1] - definition.span[1]
  local to = span[2] - definition.span[1] + 2
  definition.text = definition.text:sub(1, from):gsub("%s+$", "") .. text .. definition.text:sub(to)
end

-- A constraint by its name, or by its definition where it was given none.
function TableText:remove_constraint(name, kind)
  local known = {}
  for _, constraint in ipairs(self.layout.constraints) do
    if constraint.type == kind then
      if same_name(constraint.name, name) then return self:cut(constraint) end
      known[#known + 1] = constraint.name
    end
  end
  usage(("table %s has no %s constraint %s; %s"):format(self.name, kind, name,
    #known > 0 and "it has " .. table.concat(known, ", ") or "it has none"))
end

-- Gives a column another type, default or NOT NULL: each a text, false to take it away, nil to leave it.
function TableText:alter_column(name, changes)
  local definition = self:find_column(name)
  local column, edits = definition.column, {}
  local tail = { column.span[2] + 1, column.span[2] }
  for _, part in ipairs { "type", "default", "not_null" } do
    local wanted = changes[part]
    if wanted ~= nil and (wanted or column[part]) then
      edits[#edits + 1] = { span = column[part] or tail, text = wanted and " " .. wanted or "" }
    end
  end
  -- from the end, so that what stands before keeps its place
  table.sort(edits, function(a, b) return a.span[1] > b.span[1] end)
  for _, edit in ipairs(edits) do self.replace(definition, edit.span, edit.text) end
end

-- The whole text, for a table of another name.
function TableText:render(quoted_name)
  local name, body, pieces = self.layout.name, self.layout.body, {}
  for i, definition in ipairs(self.definitions) do
    local gap = definition.gap or ", "
    pieces[#pieces + 1] = definition.text .. (i < #self.definitions and gap or "")
  end
  return self.sql:sub(1, name[1] - 1) .. quoted_name .. self.sql:sub(name[2] + 1, body[1] - 1) .. self.head
    .. table.concat(pieces) .. self.foot .. self.sql:sub(body[2] + 1)
end

return { read = read, mentions = mentions }
