#pragma once

// Pieces of the catalog queries. Names in them are of the catalog's columns.
#define TIDE_USER_SCHEMAS \
  "(SELECT oid FROM pg_namespace WHERE nspname !~ '^pg_' AND nspname NOT IN ('information_schema', 'tide'))"
#define TIDE_NOT_OF_EXTENSION(catalog, id)                                                                \
  "NOT EXISTS (SELECT FROM pg_depend own WHERE own.classid = '" catalog "'::regclass AND own.objid = " id \
  " AND own.deptype = 'e')"
#define TIDE_NAME(schema_id, name) \
  "quote_ident((SELECT nspname FROM pg_namespace WHERE oid = " schema_id ")) || '.' || quote_ident(" name ")"
#define TIDE_RELATION_NAME(id)                                                                               \
  "(SELECT quote_ident(rn.nspname) || '.' || quote_ident(rc.relname) FROM pg_class rc JOIN pg_namespace rn " \
  "ON rn.oid = rc.relnamespace WHERE rc.oid = " id ")"
#define TIDE_ENABLED(flag) \
  "CASE " flag " WHEN 'O' THEN 'enabled' WHEN 'D' THEN 'disabled' WHEN 'R' THEN 'replica' ELSE 'always' END"
