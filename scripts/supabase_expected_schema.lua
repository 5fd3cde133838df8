-- Writes the schema that the baseline makes: run it on an empty database to which only the baseline was applied.
local checks = require "checks"

fs.write(checks.expected_file, schema.encode(checks.schema_of(db)) .. "\n")
