-- What ALTER TABLE of SQLite cannot do, on a table with all that hangs on one.
local check = require "check"
local schema = require "tide.schema"

local function make(db)
  db:script [[
    CREATE TABLE parents (id integer PRIMARY KEY, name text NOT NULL UNIQUE) STRICT;
    CREATE TABLE items (
      id integer PRIMARY KEY AUTOINCREMENT, -- given once
      parent_id integer REFERENCES parents (id) ON DELETE CASCADE,
      up_id integer REFERENCES items,
      label text COLLATE NOCASE DEFAULT 'none' CHECK (label <> 'bad, or worse'),
      price numeric(10, 2) DEFAULT (1 + 1),
      doubled generated always as (price * 2) stored,
      shout text AS (upper(label)) VIRTUAL,
      [odd "name"] blob,
      /* the two */ CONSTRAINT pair UNIQUE (parent_id, label) ON CONFLICT ROLLBACK,
      CHECK (price >= 0)
    );
    CREATE TABLE children (id integer PRIMARY KEY, item_id integer NOT NULL REFERENCES items (id) ON DELETE CASCADE);
    CREATE TABLE pairs (a text, b text, c integer, PRIMARY KEY (a, b)) WITHOUT ROWID;
    CREATE TABLE log (what text);
    CREATE UNIQUE INDEX items_once ON items (label, price) WHERE price > 1;
    CREATE INDEX items_expression ON items (length(label) DESC);
    CREATE VIEW dear AS SELECT id, label FROM items WHERE price > 10;
    CREATE TRIGGER items_log AFTER UPDATE OF label ON items BEGIN INSERT INTO log VALUES (new.label); END;
    CREATE TRIGGER children_log AFTER DELETE ON children BEGIN INSERT INTO log SELECT 'gone ' || count(*) FROM items; END;
    CREATE TRIGGER dear_insert INSTEAD OF INSERT ON dear BEGIN INSERT INTO items (label) VALUES (new.label); END;
    INSERT INTO parents VALUES (1, 'p');
    INSERT INTO items (id, parent_id, label, price) VALUES (1, 1, 'a', 5), (7, 1, 'b', 20), (900, NULL, 'c', 30);
    UPDATE items SET up_id = 1 WHERE id = 7;
    DELETE FROM items WHERE id = 900;
    INSERT INTO children VALUES (1, 1), (2, 7);
    INSERT INTO pairs VALUES ('x', 'y', 1);
  ]]
end

local function objects(db)
  return db:query [[SELECT type, name, tbl_name, CASE WHEN type = 'table' THEN '' ELSE sql END AS sql FROM sqlite_schema
    WHERE name NOT LIKE 'sqlite%' ORDER BY type, name]]
end

local function alive(db)
  check.equal(db:value "SELECT count(*) FROM items", 2)
  check.equal(db:value "SELECT count(*) FROM children", 2)
  check.equal(db:value "SELECT label FROM dear", "b")
  check.equal(db:value "SELECT shout || doubled FROM items WHERE id = 7", "B40")
  check.equal(db:value "PRAGMA foreign_keys", 1)
  check.equal(db:value "PRAGMA legacy_alter_table", 0)
  check.equal(#db:query "PRAGMA foreign_key_check", 0)
  check.equal(db:value "PRAGMA integrity_check", "ok")
  check.equal(db:value "SELECT seq FROM sqlite_sequence WHERE name = 'items'", 900)
  db:execute "INSERT INTO dear (label) VALUES ('d')"
  check.equal(db:value "SELECT max(id) FROM items", 901)
  db:execute "UPDATE items SET label = 'e' WHERE id = 901"
  check.equal(db:value "SELECT what FROM log", "e")
  check.raises({ kind = "sql" }, db.execute, db, "INSERT INTO items (label) VALUES ('bad, or worse')")
  check.raises({ kind = "sql" }, db.execute, db, "INSERT INTO items (price) VALUES (-1)")
  db:execute "DELETE FROM parents"
  check.equal(db:value "SELECT count(*) FROM items", 1)
  check.equal(db:value "SELECT count(*) FROM children", 0)
end

local function in_each_way(db, change)
  make(db)
  local before = objects(db)
  db:transaction(function() change(db) end)
  check.same(objects(db), before)
  alive(db)
end

return {
  sqlite = {
    ["views, triggers, indexes, foreign keys, sequence and rows survive a change of type"] = function(db)
      in_each_way(db, function() schema.alter_column(db, "items", "price", { type = "integer" }) end)
      check.contains(db:value "SELECT sql FROM sqlite_schema WHERE name = 'items'", "price integer DEFAULT (1 + 1)")
    end,

    ["... NOT NULL and a default"] = function(db)
      in_each_way(db, function() schema.alter_column(db, "items", "label", { not_null = true, default = "it's" }) end)
      check.contains(db:value "SELECT sql FROM sqlite_schema WHERE name = 'items'", "COLLATE NOCASE DEFAULT 'it''s' CHECK")
    end,

    ["... a check, a foreign key and a unique constraint more, and less"] = function(db)
      in_each_way(db, function()
        schema.add_check(db, "items", "cheap", "price < 1000")
        schema.add_unique(db, "items", { "id", "label" })
        schema.add_foreign_key(db, "items", "up_id", "items", { name = "again", on_delete = "set null" })
        schema.drop_check(db, "items", "cheap")
        schema.drop_unique(db, "items", "items_id_label_key")
        schema.drop_foreign_key(db, "items", "again")
      end)
    end,

    ["... outside of a transaction too"] = function(db)
      make(db)
      schema.add_check(db, "items", "cheap", "price < 1000")
      alive(db)
    end,

    ["all but what is changed stays as it was written"] = function(db)
      make(db)
      local sql = "SELECT sql FROM sqlite_schema WHERE name = 'items'"
      local before = db:value(sql)
      schema.add_check(db, "items", "cheap", "price < 1000")
      schema.drop_check(db, "items", "cheap")
      check.equal((db:value(sql):gsub('"items"', "items", 1)), before)
    end,

    ["WITHOUT ROWID and STRICT stay"] = function(db)
      make(db)
      schema.alter_column(db, "pairs", "c", { type = "text" })
      schema.alter_column(db, "parents", "name", { not_null = false })
      check.equal(db:value "SELECT wr FROM pragma_table_list WHERE name = 'pairs'", 1)
      check.equal(db:value "SELECT strict FROM pragma_table_list WHERE name = 'parents'", 1)
      check.equal(db:value "SELECT c FROM pairs", "1")
      check.equal(db:value "SELECT count(*) FROM items WHERE parent_id = 1", 2)
    end,

    ["rowids stay where no column stands for them"] = function(db)
      db:execute "CREATE TABLE t (a text)"
      db:execute "INSERT INTO t (rowid, a) VALUES (5, 'x'), (9, 'y')"
      schema.add_check(db, "t", "some", "a <> ''")
      check.equal(db:value "SELECT rowid FROM t WHERE a = 'y'", 9)
    end,

    ["temporary triggers stay, and stay temporary"] = function(db)
      make(db)
      db:execute "CREATE TEMP TRIGGER passing AFTER INSERT ON items BEGIN INSERT INTO log VALUES ('temp'); END"
      schema.add_check(db, "items", "cheap", "price < 1000")
      check.equal(db:value "SELECT group_concat(name) FROM sqlite_temp_schema WHERE type = 'trigger'", "passing")
      db:execute "INSERT INTO items (label) VALUES ('x')"
      check.equal(db:value "SELECT what FROM log", "temp")
    end,

    ["statistics of ANALYZE stay"] = function(db)
      make(db)
      db:execute "ANALYZE"
      local sql = "SELECT idx, stat FROM sqlite_stat1 WHERE tbl = 'items' ORDER BY 1"
      local before = db:query(sql)
      schema.add_check(db, "items", "cheap", "price < 1000")
      check.equal(#before > 0, true)
      check.same(db:query(sql), before)
    end,

    ["a row that does not fit leaves all as it was"] = function(db)
      make(db)
      local before = schema.snapshot(db)
      db:transaction(function()
        check.raises({ kind = "sql", sqlstate = "23514" }, schema.add_check, db, "items", "few", "price < 10")
        check.raises({ kind = "sql", sqlstate = "23502" }, schema.alter_column, db, "items", "up_id", { not_null = true })
        check.raises({ kind = "sql", sqlstate = "23503" }, schema.add_foreign_key, db, "items", "price", "parents")
        check.equal(db:value "PRAGMA foreign_keys", 1)
      end)
      check.equal(#schema.diff(before, db), 0)
      alive(db)
    end,

    ["rows that broke a foreign key before are no reason to stop"] = function(db)
      make(db)
      db:execute "PRAGMA foreign_keys = OFF"
      db:execute "INSERT INTO children VALUES (3, 12345)"
      db:execute "PRAGMA foreign_keys = ON"
      schema.add_check(db, "items", "cheap", "price < 1000")
      check.equal(#db:query "PRAGMA foreign_key_check", 1)
    end,

    ["a column takes its indexes and constraints along"] = function(db)
      make(db)
      db:execute "DROP VIEW dear"
      db:execute "DROP TRIGGER items_log"
      schema.drop_column(db, "items", "shout")
      schema.drop_column(db, "items", "label")
      check.equal(db:value "SELECT group_concat(name) FROM sqlite_schema WHERE type = 'index' AND sql IS NOT NULL", nil)
      check.equal(db:value "SELECT count(*) FROM children", 2)
      check.equal(schema.snapshot(db).tables.items.constraints.pair, nil)
    end,

    ["a column that a view or a trigger uses stays"] = function(db)
      make(db)
      local before = schema.snapshot(db)
      check.raises({ kind = "sql" }, schema.drop_column, db, "items", "label")
      check.raises({ kind = "sql" }, schema.drop_column, db, "items", "price")
      check.raises({ kind = "sql" }, schema.drop_table, db, "log")
      check.equal(#schema.diff(before, db), 0)
      check.equal(db:value "PRAGMA foreign_keys", 1)
    end,

    ["a table that others refer to is not dropped"] = function(db)
      make(db)
      local failure = check.raises({ kind = "usage" }, schema.drop_table, db, "items")
      check.contains(failure.message, "children refers to it")
      check.equal(db:value "SELECT count(*) FROM children", 2)
    end,

    ["a violation that waits for its COMMIT is not lost"] = function(db)
      make(db)
      check.raises({ kind = "usage" }, db.transaction, db, function()
        db:execute "PRAGMA defer_foreign_keys = ON"
        db:execute "INSERT INTO children VALUES (9, 12345)"
        schema.add_check(db, "items", "cheap", "price < 1000")
      end)
      check.equal(db:value "SELECT count(*) FROM children", 2)
    end,

    ["foreign keys are looked after again behind a transaction that was rolled back"] = function(db)
      make(db)
      pcall(db.transaction, db, function()
        schema.add_check(db, "items", "cheap", "price < 1000")
        error "no"
      end)
      check.equal(db:value "PRAGMA foreign_keys", 1)
      alive(db)
    end,
  },
}
