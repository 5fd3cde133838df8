#pragma once

#include <string>
#include <string_view>

namespace tide {

// What a PostgreSQL statement says of indexes that are built, and of work that is done concurrently.
struct IndexWords {
  bool concurrently = false;   // CREATE, DROP or REINDEX ... CONCURRENTLY, DETACH PARTITION ... CONCURRENTLY
  bool creates_index = false;  // CREATE [UNIQUE] INDEX
  bool if_not_exists = false;
  std::string index;  // of creates_index, as written; "" = the server makes up a name
  std::string table;  // of creates_index, as written: public."Users"
};

IndexWords read_index_words(std::string_view statement);

}  // namespace tide
