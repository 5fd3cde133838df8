-- Part M of the bench: a table of another database copied into the empty one of the same name.
require("tide.data").copy(db, { from = arg.from, table = "customers", compare = arg.compare ~= "off" })
