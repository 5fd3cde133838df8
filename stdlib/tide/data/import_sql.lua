-- The statements of data.import_csv. The rows of a batch stand in the temporary table tide_csv, each with its number, and
-- its columns typed as the table's own. "{{range}}" and the like are parameters, see import_sql.bind.
local import_sql = {}

local function list(columns, make)
  local items = {}
  for i, column in ipairs(columns) do items[i] = make(i, column) end
  return items
end

local function joined(columns, make, separator) return table.concat(list(columns, make), separator or ", ") end

local function concat(...)
  local all = {}
  for _, items in ipairs { ... } do
    for _, item in ipairs(items) do all[#all + 1] = item end
  end
  return table.concat(all, ", ")
end

-- "$1, $2 ..." for the named parameters in the order in which they first stand there, and their values.
function import_sql.bind(text, values)
  local numbers, given = {}, {}
  text = text:gsub("{{(%w+)}}", function(name)
    if not numbers[name] then
      given[#given + 1] = values[name]
      numbers[name] = #given
    end
    return "$" .. numbers[name]
  end)
  return text, unpack(given)
end

-- What stands in the batch for a column of the table.
local function given(plan, column) return "tide_b.tide_c" .. plan.at[column] end

local function matches(plan)
  return joined(plan.target.key, function(_, column) return column.full .. " = " .. given(plan, column) end, " AND ")
end

local function differs(db, plan)
  return "(" .. joined(plan.written, function(_, column)
    if db.engine == "sqlite" then return column.full .. " IS NOT " .. given(plan, column) end
    local cast = column.equality and "" or "::text"
    return column.full .. cast .. " IS DISTINCT FROM " .. given(plan, column) .. cast
  end, " OR ") .. ")"
end

local function table_of(plan) return ("%s%s AS %s"):format(plan.target.only, plan.target.sql, plan.target.alias) end

local function there(plan) return ("EXISTS (SELECT 1 FROM %s WHERE %s)"):format(table_of(plan), matches(plan)) end

local PART = "tide_b.tide_n >= {{first}} AND tide_b.tide_n < {{last}}"
local PART_POSTGRES = "tide_b.tide_n >= {{first}}::bigint AND tide_b.tide_n < {{last}}::bigint"

function import_sql.create(db, plan, tail)
  if db.engine == "sqlite" then
    return ("CREATE TEMP TABLE tide_csv (tide_n integer PRIMARY KEY, %s, tide_new)"):format(
      joined(plan.visible, function(i, column) return ("tide_c%d %s"):format(i, column.type) end))
  end
  local columns = joined(plan.visible, function(i, column) return ("%s AS tide_c%d"):format(column.full, i) end)
  return ("CREATE TEMPORARY TABLE tide_csv ON COMMIT %s AS SELECT 0::bigint AS tide_n, %s, false AS tide_new "
    .. "FROM %s AS %s WITH NO DATA"):format(tail, columns, plan.target.sql, plan.target.alias)
end

function import_sql.batch_columns(plan)
  local names = { "tide_n" }
  for i in ipairs(plan.visible) do names[i + 1] = "tide_c" .. i end
  return table.concat(names, ", ")
end

function import_sql.create_images(db, plan)
  local function part(columns, letter)
    return list(columns, function(i, column)
      return (db.engine == "sqlite" and "" or column.full .. " AS ") .. letter .. i
    end)
  end
  local columns = concat(part(plan.target.key, "k"), part(plan.imaged, "b"), part(plan.imaged, "a"))
  -- a row that is added twice is refused by the table itself
  local unique = plan.pure and "" or (", %sUNIQUE (%s)"):format(db.engine == "sqlite" and "" or "ADD ",
    joined(plan.target.key, function(i) return "k" .. i end))
  if db.engine == "sqlite" then
    return { ("CREATE TABLE %s (tide_range integer NOT NULL, tide_n integer NOT NULL, %s, tide_new integer NOT NULL, "
      .. "tide_problem text, PRIMARY KEY (tide_range, tide_n)%s) WITHOUT ROWID"):format(plan.images, columns, unique) }
  end
  return {
    ("CREATE TABLE %s AS SELECT 0::integer AS tide_range, 0::bigint AS tide_n, %s, false AS tide_new FROM %s AS %s WITH NO DATA")
      :format(plan.images, columns, plan.target.sql, plan.target.alias),
    ("ALTER TABLE %s ADD PRIMARY KEY (tide_range, tide_n)%s, ADD COLUMN tide_problem text"):format(plan.images, unique),
  }
end

-- Rows that must not be written: their number `n`, the `problem` and, for "twice", the number of the first one, for
-- "type", the place of the column.
function import_sql.problems(db, plan)
  local parts = {}
  if plan.finds and (not plan.pure or db.engine == "sqlite") then
    parts[#parts + 1] = "SELECT tide_n AS n, 'empty' AS problem, 0 AS at FROM tide_csv AS tide_b WHERE "
      .. joined(plan.target.key, function(_, column) return given(plan, column) .. " IS NULL" end, " OR ")
  end
  if not plan.pure then
    parts[#parts + 1] = ("SELECT n, 'twice', first FROM (SELECT tide_n AS n, min(tide_n) OVER (PARTITION BY %s) AS first "
      .. "FROM tide_csv AS tide_b) AS tide_f WHERE first < n"):format(
      joined(plan.target.key, function(_, column) return given(plan, column) end))
  end
  if plan.missing == "error" then
    parts[#parts + 1] = "SELECT tide_n, 'missing', 0 FROM tide_csv AS tide_b WHERE NOT " .. there(plan)
  end
  for i, column in ipairs(plan.visible) do
    if column.affinity == "integer" or column.affinity == "real" then
      parts[#parts + 1] = ("SELECT tide_n, 'type', %d FROM tide_csv WHERE typeof(tide_c%d) = 'text'"):format(i, i)
    end
  end
  return #parts > 0 and table.concat(parts, " UNION ALL ") .. " ORDER BY 1" or nil
end

local function sets(plan)
  return joined(plan.written, function(_, column) return column.sql .. " = " .. given(plan, column) end)
end

local function postgres_update(db, plan)
  local target = plan.target
  local where = ("%s AND %s AND tide_b.tide_new IS NOT TRUE AND %s"):format(matches(plan), PART_POSTGRES, differs(db, plan))
  if not plan.images then
    return ("UPDATE %s SET %s FROM tide_csv AS tide_b WHERE %s"):format(table_of(plan), sets(plan), where)
  end
  local function named(columns, letter, make)
    return list(columns, function(i, column) return make(column) .. " AS " .. letter .. i end)
  end
  local function full(column) return column.full end
  local function old(letter, columns) return list(columns, function(i) return "tide_o." .. letter .. i end) end
  return ([[WITH tide_o AS MATERIALIZED (SELECT tide_b.tide_n, %s FROM tide_csv AS tide_b JOIN %s ON %s
  FOR NO KEY UPDATE OF %s),
tide_u AS (UPDATE %s SET %s FROM tide_o WHERE %s RETURNING tide_o.tide_n, %s)
INSERT INTO %s (tide_range, tide_n, %s, tide_new) SELECT {{range}}::integer, {{base}}::bigint + tide_n, %s, false FROM tide_u]])
    :format(concat(named(target.key, "tide_k", full), named(plan.written, "tide_w", function(c) return given(plan, c) end),
      named(plan.imaged, "tide_b", full)), table_of(plan), where, target.alias, table_of(plan),
      joined(plan.written, function(i, column) return column.sql .. " = tide_o.tide_w" .. i end),
      joined(target.key, function(i, column) return column.full .. " = tide_o.tide_k" .. i end, " AND "),
      concat(old("tide_k", target.key), old("tide_b", plan.imaged), named(plan.imaged, "tide_a", full)), plan.images,
      concat(list(target.key, function(i) return "k" .. i end), list(plan.imaged, function(i) return "b" .. i end),
        list(plan.imaged, function(i) return "a" .. i end)),
      concat(list(target.key, function(i) return "tide_k" .. i end), list(plan.imaged, function(i) return "tide_b" .. i end),
        list(plan.imaged, function(i) return "tide_a" .. i end)))
end

local function insert(plan, where)
  local overriding = ""
  for _, column in ipairs(plan.visible) do
    if column.identity then overriding = " OVERRIDING SYSTEM VALUE" end
  end
  return ("INSERT INTO %s AS %s (%s)%s SELECT %s FROM tide_csv AS tide_b WHERE %s ORDER BY tide_b.tide_n"):format(
    plan.target.sql, plan.target.alias, joined(plan.visible, function(_, column) return column.sql end), overriding,
    joined(plan.visible, function(_, column) return given(plan, column) end), where)
end

local function postgres_insert(plan)
  local only = plan.pure and "" or plan.existing == "update" and " AND tide_b.tide_new" or " AND NOT " .. there(plan)
  local text = insert(plan, PART_POSTGRES .. only)
  if not plan.images then return text end
  local function named(columns, letter)
    return list(columns, function(i, column) return column.full .. " AS tide_" .. letter .. i end)
  end
  return ([[WITH tide_i AS (%s RETURNING %s)
INSERT INTO %s (tide_range, tide_n, %s, tide_new)
SELECT {{range}}::integer, {{behind}}::bigint + {{first}}::bigint + row_number() OVER () - 1, %s, true FROM tide_i]]):format(text,
    concat(named(plan.target.key, "k"), named(plan.imaged, "a")), plan.images,
    concat(list(plan.target.key, function(i) return "k" .. i end), list(plan.imaged, function(i) return "a" .. i end)),
    concat(list(plan.target.key, function(i) return "tide_k" .. i end), list(plan.imaged, function(i) return "tide_a" .. i end)))
end

local function sqlite_update(db, plan)
  local target, where = plan.target, PART .. " AND NOT tide_b.tide_new AND " .. differs(db, plan)
  local steps = { { text = ("UPDATE %s SET %s FROM temp.tide_csv AS tide_b WHERE %s AND %s"):format(table_of(plan), sets(plan),
    matches(plan), where), counts = "updated" } }
  if not plan.images then return steps end
  table.insert(steps, 1, { text = ("INSERT INTO %s (tide_range, tide_n, %s, tide_new) "
    .. "SELECT {{range}}, {{base}} + tide_b.tide_n, %s, 0 FROM temp.tide_csv AS tide_b CROSS JOIN %s ON %s WHERE %s"):format(
    plan.images, concat(list(target.key, function(i) return "k" .. i end), list(plan.imaged, function(i) return "b" .. i end)),
    concat(list(target.key, function(_, c) return c.full end), list(plan.imaged, function(_, c) return c.full end)),
    table_of(plan), matches(plan), where) })
  steps[3] = { text = ("UPDATE %s AS i SET (%s) = (SELECT %s FROM %s WHERE %s) WHERE tide_range = {{range}} AND "
    .. "tide_n >= {{base}} + {{first}} AND tide_n < {{base}} + {{last}}"):format(plan.images,
    joined(plan.imaged, function(i) return "a" .. i end), joined(plan.imaged, function(_, c) return c.full end),
    table_of(plan), joined(target.key, function(i, c) return ("%s = i.k%d"):format(c.full, i) end, " AND ")) }
  return steps
end

-- A row that is given no key gets the rowid behind all that are there.
local function sqlite_image_of_new(plan)
  local keys = list(plan.target.key, function(_, c) return c.full end)
  local news = list(plan.imaged, function(_, c) return c.full end)
  local into = ("INSERT INTO %s (tide_range, tide_n, %s, tide_new) "):format(plan.images,
    concat(list(keys, function(i) return "k" .. i end), list(news, function(i) return "a" .. i end)))
  if plan.finds then
    return into .. ("SELECT {{range}}, {{behind}} + tide_b.tide_n, %s, 1 FROM temp.tide_csv AS tide_b CROSS JOIN %s ON %s "
      .. "WHERE %s AND tide_b.tide_new"):format(concat(keys, news), table_of(plan), matches(plan), PART)
  end
  return into .. ("SELECT {{range}}, {{behind}} + {{first}} + row_number() OVER (ORDER BY rowid) - 1, %s, 1 FROM %s "
    .. "WHERE rowid > {{rowid}}"):format(concat(keys, news), table_of(plan))
end

local function sqlite_insert(plan)
  local steps = { { text = insert(plan, PART .. " AND tide_b.tide_new"), counts = "inserted" } }
  if plan.images then steps[2] = { text = sqlite_image_of_new(plan) } end
  return steps
end

-- The statements that write the rows {{first}} to {{last}} of a batch, in their order: { text =, counts = "updated",
-- "inserted" or nil }.
function import_sql.writing(db, plan)
  local steps = {}
  if db.engine == "sqlite" then
    steps[1] = { text = "UPDATE temp.tide_csv AS tide_b SET tide_new = " .. (plan.pure and "1" or "NOT " .. there(plan))
      .. " WHERE " .. PART }
    for _, step in ipairs(plan.existing == "update" and sqlite_update(db, plan) or {}) do steps[#steps + 1] = step end
    for _, step in ipairs(plan.missing == "insert" and sqlite_insert(plan) or {}) do steps[#steps + 1] = step end
    return steps
  end
  if plan.existing == "update" and plan.missing == "insert" then
    -- which rows are new is said once: one that others add between two statements is a conflict then, not left out by both
    steps[1] = { text = ("UPDATE tide_csv AS tide_b SET tide_new = true WHERE %s AND NOT %s"):format(PART_POSTGRES,
      there(plan)) }
  end
  if plan.existing == "update" then steps[#steps + 1] = { text = postgres_update(db, plan), counts = "updated" } end
  if plan.missing == "insert" then steps[#steps + 1] = { text = postgres_insert(plan), counts = "inserted" } end
  return steps
end

-- One row: how many of the batch are `new`, how many `differ` from the row that is there, how many are `there`.
function import_sql.count(db, plan)
  if not plan.finds then return "SELECT count(*) AS new, 0 AS differ, 0 AS there FROM tide_csv" end
  local absent = plan.target.key[1].full .. " IS NULL"
  return ("SELECT count(*) FILTER (WHERE %s) AS new, count(*) FILTER (WHERE NOT %s AND %s) AS differ, "
    .. "count(*) FILTER (WHERE NOT %s) AS there FROM tide_csv AS tide_b LEFT JOIN %s ON %s"):format(absent, absent,
    #plan.written > 0 and differs(db, plan) or "false", absent, table_of(plan), matches(plan))
end

-- Some rows that differ: the key, then what is there and what is given of each column.
function import_sql.sample(db, plan, limit)
  local items = list(plan.target.key, function(_, c) return c.full end)
  for _, column in ipairs(plan.written) do
    local cast = db.engine == "postgres" and "::text" or ""
    items[#items + 1] = column.full .. cast
    items[#items + 1] = given(plan, column) .. cast
  end
  for i, item in ipairs(items) do items[i] = item .. " AS s" .. i end
  return ("SELECT %s FROM tide_csv AS tide_b JOIN %s ON %s WHERE %s ORDER BY tide_b.tide_n LIMIT %d"):format(
    table.concat(items, ", "), table_of(plan), matches(plan), differs(db, plan), limit)
end

return import_sql
