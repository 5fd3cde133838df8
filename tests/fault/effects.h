#pragma once

#include <chrono>
#include <set>
#include <string>

#include "cli/project.h"
#include "support/proxy.h"

namespace tide::test {

// Twelve migrations whose effects can be counted. 0001 makes the tables that count; each later one adds itself to
// `effects` and its number to `ledger`, makes a table and fills it; its `down` takes all that back. Nothing in them can
// be done twice unseen: a table would be there already, or a sum would be wrong. 0005 is SQL, 0008 has a verify. 0007
// runs without a transaction and is written to be run again from its start.
class Effects {
 public:
  static constexpr int kAll = 12;
  explicit Effects(Engine engine);

  Project& project() { return project_; }
  // `tide` with these arguments, through the proxy when there is one.
  Command command(Args args, const Proxy* proxy = nullptr) const;
  Outcome tide(const Args& args, const Proxy* proxy = nullptr) const { return run(command(args, proxy)); }
  // How long a run takes that nobody disturbs.
  std::chrono::microseconds duration_of(const Args& args) const;
  // From now on `tide` is told to go there.
  void go_through(std::string url) { route_ = std::move(url); }
  std::string database() const { return project_.database(); }

  // Brings the database to 0001, or to the end, whatever was interrupted; expects that no other migrator is waited for.
  void finish_down() { finish({"down", "--to", "0001", "--lock-timeout", "5s"}, 1); }
  void finish_up() { finish({"up", "--lock-timeout", "5s"}, kAll); }
  // What the history says and what is there are the same at this instant, in one look.
  void expect_true_history() const;
  // Migrations recorded as applied, of 0001 to 0012.
  int applied() const;
  std::set<std::string> applied_versions() const;
  // What `up --json` or `down --json` said it did is what became of the history, which held `before`: a run that was
  // not killed never guesses, and its exit code is 0 only when everything is done.
  void expect_true_report(const Outcome& outcome, const std::set<std::string>& before) const;
  // Exactly the first `count` migrations were done, each once, and the event log says so too.
  void expect_done(int count) const;

 private:
  void finish(const Args& args, int count);
  std::string history(const char* table) const;
  std::string net_events() const;
  Project project_;
  std::string route_;
};

}  // namespace tide::test
