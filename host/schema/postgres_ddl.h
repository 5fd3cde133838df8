#pragma once

#include <string>
#include <vector>

#include "base/json.h"
#include "schema/objects.h"

namespace tide {

// SQL of PostgreSQL for one thing of a snapshot each. Names of objects are those of the snapshot, names of parts bare.

std::string sql_literal(const std::string& text);

// "MATERIALIZED VIEW", "PROCEDURE": what DROP, ALTER and COMMENT ON call it.
std::string ddl_word(const SchemaObject& object);
// The object as these statements name it.
std::string ddl_name(const SchemaObject& object);
// An index or statistics object in the schema of its table.
std::string name_beside(const std::string& table, const std::string& part);

// "" for what cannot be written (an aggregate with more than the usual parts).
std::string create_sql(const SchemaObject& object);
std::string drop_sql(const SchemaObject& object);
// "phone text NOT NULL"
std::string column_sql(const std::string& name, const Json& column);
std::string sequence_options(const Json& sequence);

// What a part is called behind COMMENT ON.
std::string part_name(const SchemaObject& object, const std::string& collection, const std::string& part);
std::string create_part_sql(const SchemaObject& object, const std::string& collection, const std::string& part,
                            const Json& value);
std::string drop_part_sql(const SchemaObject& object, const std::string& collection, const std::string& part);
// DISABLE TRIGGER and its like; "" for what is simply enabled.
std::string enabled_sql(const SchemaObject& object, const std::string& collection, const std::string& part,
                        const std::string& enabled);

}  // namespace tide
