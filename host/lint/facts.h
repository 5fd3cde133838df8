#pragma once

#include <cstdint>
#include <map>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "lint/tree.h"
#include "tide/connection.h"

namespace tide {

struct IndexFacts {
  std::vector<std::string> columns;  // in order; "" for an expression
  bool partial = false;
};

struct CheckFacts {
  std::string name;
  std::set<std::string> columns;   // that it is about
  std::set<std::string> not_null;  // those of which it says IS NOT NULL
  bool validated = true;
};

// What the catalogs say of a table, a partitioned table or a materialized view. Names are bare, as they are.
struct TableFacts {
  bool partitioned = false;
  double rows = -1;                            // the planner's estimate, with the partitions; -1 when never analyzed
  std::int64_t bytes = -1;                     // on disk, with the partitions, without indexes
  std::map<std::string, std::string> columns;  // name -> type: "character varying(20)"
  std::set<std::string> not_null;
  std::map<std::string, IndexFacts> indexes;  // by bare name; the valid ones
  std::vector<CheckFacts> checks;
  std::vector<std::string> partition_key;  // columns; "" for an expression
};

// What lint knows of a database. A name is written "schema"."name", always quoted.
struct Facts {
  bool known = false;                          // whether a database was asked at all
  int server = 0;                              // 150018; 0 when unknown
  bool utc = false;                            // the session's time zone is UTC
  std::string schema = "public";               // where an unqualified name is made
  std::map<std::string, std::string> names;    // as written ("users" or "public"."users") -> as the catalog has it
  std::map<std::string, TableFacts> tables;    // by their name in the catalog
  std::map<std::string, bool> functions;       // bare name -> whether one of that name is volatile
  std::map<std::string, std::string> indexes;  // index -> its table, both by their name in the catalog
};

// What statements name, and lint asks the catalogs for.
struct NamesAsked {
  std::set<std::string> relations;  // quoted
  std::set<std::string> functions;  // bare
};

// `expression` is that of the constraint, in a parse tree.
CheckFacts check_facts(std::string name, const Node& expression, bool validated);

// "a"."b"; the schema may be empty.
std::string quoted_name(std::string_view schema, std::string_view name);

// What is not there is left out.
Facts read_facts(Connection& connection, const NamesAsked& names);

}  // namespace tide
