#pragma once

#include "runbooks/production.h"

namespace tide::test {

// A Production as somebody has it who is linked with a project on Supabase: the application and Supabase's API are
// supabase_server.py, the rows those of 003.sql. Points beside those of the steps are "mid migration" (before its
// COMMIT) and "mid rehearsal".
class SupabaseApp : public Production {
 public:
  SupabaseApp();

  // All as it was at the start; the processes stay.
  void reset();

  std::string told() const { return state("told"); }  // what the team was told in its chat
  std::string maintenance_log() const;                // "on off "
  void supabase(const std::string& json) const;       // merges members into the stand-in's state
  std::string empty_database() const;                 // with what the platform brings; returns its URL
  std::string server_url() const;                     // of the database postgres on the same server
};

}  // namespace tide::test
