#include "migrate/rehearsal.h"

#include <chrono>
#include <utility>

#include "backup/session.h"
#include "base/text.h"
#include "migrate/engine_session.h"
#include "migrate/pairing.h"
#include "migrate/planner.h"
#include "migrate/rehearsal_data.h"
#include "migrate/rehearsal_watch.h"
#include "migrate/runner.h"
#include "migrate/version.h"
#include "schema/describe.h"
#include "schema/diff.h"
#include "schema/snapshot.h"

namespace tide {
namespace {

using Down = RehearsedStep::Down;

constexpr const char* kOnACopy = "this was on a copy, which is thrown away: nothing was changed anywhere else";
const SnapshotOptions kWithGrants{true};

// What a `down` has to come back to.
struct State {
  Json schema;
  DataState data;
};

// Effects of scripts are recorded while it lives.
class EffectsRecorded {
 public:
  EffectsRecorded(EngineSession& session, bool on) : session_(session), on_(on) {
    if (on_) session_.set_dry_run(true);
  }
  ~EffectsRecorded() {
    if (on_) session_.set_dry_run(false);
  }
  EffectsRecorded(const EffectsRecorded&) = delete;
  EffectsRecorded& operator=(const EffectsRecorded&) = delete;

 private:
  EngineSession& session_;
  const bool on_;
};

Error wrong_down(const RehearsedStep& step) {
  const std::string label = cat(step.version, " ", step.name);
  if (step.down == Down::kMissing) {
    return Error(ErrorKind::kVerify, cat(label, " has no `down`, and does not say that there can be none"))
        .advise("write it; or, where that cannot be: down = irreversible \"why\"")
        .advise("tide rehearse --no-down   rehearses the way up only; the gate then stays shut for `down`");
  }
  return Error(ErrorKind::kVerify,
               cat(label, ": `down` does not bring back what was there: ", join(step.differences, "; ")))
      .advise("correct `down`; or, where that cannot be: down = irreversible \"why\"");
}

class Rehearsal {
 public:
  Rehearsal(EngineSession& session, const RehearsalRequest& request)
      : session_(session),
        request_(request),
        inspector_(request.inspect_url),
        watch_(std::make_shared<RehearsalWatch>(*session.connection(), request.inspect_url)),
        runner_(session.connection(), session.history(), session.events(), session.options()) {
    session.events().add([watch = watch_](const Event& event) { watch->read(event); });
  }

  void run(const std::vector<Work>& works, RehearsalRecord& record) {
    for (const Work& work : works) {
      record.steps.push_back({work.step.version,
                              work.step.name,
                              work.step.checksum,
                              work.transaction,
                              Down::kNotReached,
                              work.irreversible,
                              {},
                              {}});
      run_step(work, record.steps.back());
      if (!record.error) record.error = fault_of(record.steps.back());
    }
  }

 private:
  bool goes_down(const Work& work) const { return request_.down && work.has_down && work.irreversible.empty(); }

  void run_step(const Work& work, RehearsedStep& step) {
    if (!goes_down(work)) {
      pass(work, false, step);
      step.down = !request_.down ? Down::kSkipped : work.irreversible.empty() ? Down::kMissing : Down::kIrreversible;
      make_stale(watch_->take_touched());
      return;
    }
    PlanStep back = work.step;
    back.direction = Direction::kDown;
    const Work down = session_.load(back);
    const State before = look();
    pass(work, false, step);
    pass(down, false, step);
    compare(before, step);
    try {
      pass(work, true, step);
    } catch (const Error& error) {
      if (step.down == Down::kSame) throw;
      Error wrong = wrong_down(step);
      wrong.cause = std::make_shared<Error>(error);
      throw wrong;
    }
    make_stale(watch_->take_touched());
  }

  void pass(const Work& work, bool again, RehearsedStep& step) {
    watch_->begin(work.step.direction, again, work.transaction);
    try {
      runner_.run(work);
    } catch (Error& error) {
      step.passes.push_back(watch_->end());
      error.done.clear();
      error.next.clear();
      if (again) error.note_done("it was the second `up`, after `down`");
      error.note_done(kOnACopy);
      throw;
    }
    step.passes.push_back(watch_->end());
  }

  // All tables are read once; from then on those that a step has touched.
  State look() {
    if (!known_) {
      data_ = read_data(*inspector_, std::nullopt);
      known_ = true;
    } else if (!stale_ || !stale_->empty()) {
      renew();
    }
    stale_ = std::set<std::string>();
    return {read_snapshot(*inspector_, kWithGrants), data_};
  }

  // A table that is gone has no state.
  void renew() {
    if (!stale_) data_.clear();
    if (stale_) {
      for (const std::string& table : *stale_) data_.erase(table);
    }
    for (auto& [table, data] : read_data(*inspector_, stale_)) data_[table] = std::move(data);
  }

  void make_stale(const std::optional<std::set<std::string>>& touched) {
    if (touched && stale_) {
      stale_->insert(touched->begin(), touched->end());
    } else {
      stale_.reset();
    }
  }

  void compare(const State& before, RehearsedStep& step) {
    const std::optional<std::set<std::string>> touched = watch_->take_touched();
    const Json schema = read_snapshot(*inspector_, kWithGrants);
    for (const SchemaChange& change : diff_snapshots(before.schema, schema)) {
      step.differences.push_back(describe(change, {"the schema before", "the schema after down"}));
    }
    const DataState data = read_data(*inspector_, touched);
    for (std::string& text : data_differences(before.data, data, touched)) step.differences.push_back(std::move(text));
    step.down = step.differences.empty() ? Down::kSame : Down::kDiffers;
    make_stale(touched);
  }

  static std::shared_ptr<const Error> fault_of(const RehearsedStep& step) {
    if (step.down != Down::kMissing && step.down != Down::kDiffers) return nullptr;
    return std::make_shared<Error>(wrong_down(step).note_done(kOnACopy));
  }

  EngineSession& session_;
  const RehearsalRequest& request_;
  const BackupSession inspector_;
  const std::shared_ptr<RehearsalWatch> watch_;
  Runner runner_;
  DataState data_;
  bool known_ = false;
  std::optional<std::set<std::string>> stale_ = std::set<std::string>();  // tables to be read again; nothing = all
};

Plan plan_of(EngineSession& session, const UpRequest& request) {
  const Situation now = session.look_to_work();
  return plan_up(now.source, now.history, now.problems, {request.target, request.count, request.allow_out_of_order});
}

// A backup knows nothing of what was applied after it was taken.
void catch_up(EngineSession& session, const RehearsalRequest& request) {
  if (request.last_applied.empty()) return;
  const Situation now = session.look_to_work();
  const std::string current = current_version(now.history);
  if (!current.empty() && compare_versions(current, request.last_applied) >= 0) return;
  const Plan plan = plan_up(now.source, now.history, now.problems, {request.last_applied, 0, true});
  Runner runner(session.connection(), session.history(), session.events(), session.options());
  for (const Work& work : session.load(plan)) runner.run(work);
}

void require_same_plan(const Plan& plan, const RehearsalRequest& request) {
  if (plan.hash == request.plan_hash) return;
  throw Error(ErrorKind::kHistory, cat("the copy is not where the database is: there the plan has another hash (",
                                       plan.hash, "), because its history is another one"))
      .note_done(kOnACopy)
      .advise("tide rehearse --schema-only   copies the history as it is now")
      .advise("tide backup create   makes a backup of today");
}

}  // namespace

RehearsalRecord rehearse(EngineSession& session, const RehearsalRequest& request) {
  const EffectsRecorded recorded(session, !request.with_effects);
  RehearsalRecord record;
  record.plan = request.plan_hash;
  record.environment = session.options().environment;
  record.engine = session.connection()->info().engine;
  record.effects_done = request.with_effects;
  session.under_lock([&](MigratorLock&) {
    session.claim();
    catch_up(session, request);
    const Plan plan = plan_of(session, request.up);
    require_same_plan(plan, request);
    const std::vector<Work> works = session.load(plan);
    Rehearsal rehearsal(session, request);
    const auto begun = std::chrono::steady_clock::now();
    try {
      rehearsal.run(works, record);
    } catch (const Error& error) {
      // a copy that is lost says nothing about the plan
      if (error.kind == ErrorKind::kInterrupted || error.kind == ErrorKind::kConnect) throw;
      record.error = std::make_shared<Error>(error);
    }
    record.ms = std::chrono::duration<double, std::milli>(std::chrono::steady_clock::now() - begun).count();
  });
  return record;
}

}  // namespace tide
