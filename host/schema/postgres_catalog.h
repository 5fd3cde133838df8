#pragma once

#include <vector>

#include "base/json.h"
#include "tide/connection.h"

namespace tide {

struct SnapshotOptions;

// A query over the catalogs. Its first columns say what a row is about, the others are properties by their names (NULL
// = none).
struct CatalogQuery {
  enum class About { kObject, kPart, kProperties, kAlias, kUse, kComment };
  About about;
  const char* catalog;     // of the ids in the first column
  const char* owner;       // kPart: the catalog of the owners' ids in the second column
  const char* collection;  // kPart: "columns"
  const char* sql;
};

// kObject: id, kind, name ... · kPart: id, owner's id, name ... · kProperties: id ...
// kAlias: id, other catalog, other id · kUse: catalog, id, part, used catalog, used id · kComment: catalog, id, part
std::vector<CatalogQuery> postgres_relation_queries();  // tables, views, sequences, and their parts
std::vector<CatalogQuery> postgres_object_queries();    // everything else that stands on its own
std::vector<CatalogQuery> postgres_link_queries();      // what the others must come before: comments, uses
std::vector<CatalogQuery> postgres_grant_queries();

// In the transaction that is open, under search_path = pg_catalog, so that every name in a definition has its schema.
Json read_postgres_catalog(Connection& connection, const SnapshotOptions& options);

}  // namespace tide
