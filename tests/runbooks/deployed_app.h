#pragma once

#include "runbooks/production.h"

namespace tide::test {

// A Production whose application runs from a clone of the remote, .standins/remote/backend, or wherever the stand-ins
// (their state is in .standins/) believe; beside it an empty scratch database.
class DeployedApp : public Production {
 public:
  // `seed` is a file of tests/support/seeds that makes the database, empty without.
  DeployedApp(const std::string& folder, std::vector<std::string> runbooks, const std::string& seed);
  ~DeployedApp();

  // All as it was at the start; the processes stay.
  void reset();

  std::string scratch_url() const;
  void stand_in(const std::string& name, const std::string& text) const { project().write(".standins/" + name, text); }
  int calls(const std::string& command) const;  // calls of stand-ins that begin so: "pm2 restart"
  void commit_and_push(const std::string& what) const;

 private:
  std::string scratch_;
};

}  // namespace tide::test
