#include "cli/json_report.h"

#include <gtest/gtest.h>

namespace tide {
namespace {

Error refusal() {
  Error error(ErrorKind::kSql, "no");
  error.sqlstate = "42P01";
  error.position = 15;
  error.statement = "SELECT * FROM t";
  error.step = "1 one (up)";
  error.at("m/1_one.lua", 3).note_done("rolled back").advise("tide up");
  return error;
}

constexpr const char* kRefusal =
    R"({"kind":"sql","message":"no","sqlstate":"42P01","detail":null,"hint":null,"constraint":null,"table":null,)"
    R"j("column":null,"position":15,"statement":"SELECT * FROM t","file":"m/1_one.lua","line":3,"step":"1 one (up)",)j"
    R"("done":["rolled back"],"next":["tide up"]})";

TEST(JsonReport, AnErrorHasEveryFieldAndItsCause) {
  EXPECT_EQ(dump_json(failure_json(refusal())), std::string(R"({"error":)") + kRefusal + "}");
  Error outer(ErrorKind::kVerify, "outer");
  outer.cause = std::make_shared<Error>(refusal());
  const Json json = error_json(outer);
  ASSERT_NE(json.find("cause"), nullptr);
  EXPECT_EQ(dump_json(*json.find("cause")), kRefusal);
  EXPECT_EQ(dump_json(*json.find("kind")), "\"verify\"");
}

TEST(JsonReport, StatusHasTheDocumentedShape) {
  StatusReport report;
  report.environment = "dev";
  report.engine = "postgres";
  EXPECT_EQ(dump_json(status_json(report)),
            R"({"environment":"dev","engine":"postgres","current":null,"applied":[],"pending":[],"problems":[]})");
  HistoryEntry entry;
  entry.version = "1";
  entry.name = "one";
  entry.checksum = "c0";
  entry.applied_at = "2025-01-01T00:00:00Z";
  entry.duration_ms = 12;
  report.current = "1";
  report.applied = {entry};
  Migration pending;
  pending.version = "2";
  pending.name = "two";
  report.pending = {pending};
  report.problems = {{Problem::Kind::kOutOfOrder, "2", "too late", {"tide up --allow-out-of-order"}, true}};
  EXPECT_EQ(dump_json(status_json(report)),
            R"({"environment":"dev","engine":"postgres","current":"1","applied":[{"version":"1","name":"one",)"
            R"("applied_at":"2025-01-01T00:00:00Z","duration_ms":12,"checksum":"c0","state":"applied"}],)"
            R"("pending":[{"version":"2","name":"two"}],"problems":[{"kind":"out_of_order","version":"2",)"
            R"("message":"too late","blocks":true,"next":["tide up --allow-out-of-order"]}]})");
}

TEST(JsonReport, ARunHasItsStepsAndItsError) {
  RunReport report;
  report.run = "r1";
  report.environment = "dev";
  StepReport step;
  step.version = "1";
  step.name = "one";
  step.state = "applied";
  step.duration_ms = 12;
  step.statements = 3;
  step.rows = 4;
  report.steps = {step};
  const std::string steps =
      R"({"run":"r1","environment":"dev","steps":[{"version":"1","name":"one","direction":"up","state":"applied",)"
      R"("duration_ms":12,"statements":3,"rows":4}],"error":)";
  EXPECT_EQ(dump_json(run_json(report)), steps + "null}");
  report.error = std::make_shared<Error>(refusal());
  EXPECT_EQ(dump_json(run_json(report)), steps + kRefusal + "}");
}

TEST(JsonReport, APlanHasStatementsOnlyOfADryRun) {
  Plan plan;
  plan.hash = "h";
  plan.steps = {{Direction::kUp, "1", "one", "c0", std::nullopt}};
  const std::string step =
      R"({"environment":"dev","hash":"h","steps":[{"version":"1","name":"one","direction":"up","checksum":"c0")";
  EXPECT_EQ(dump_json(plan_json("dev", plan, nullptr, nullptr)), step + R"(}],"error":null})");
  RunReport run;
  run.steps.resize(1);
  run.steps[0].version = "1";
  Event statement{Event::Kind::kStatementDone};
  statement.sql = "INSERT INTO t VALUES ($1, $2)";
  statement.params = {Value("x"), Value(Null{})};
  statement.rows = 1;
  statement.ms = 1.23456;
  run.steps[0].recorded = {statement};
  EXPECT_EQ(dump_json(plan_json("dev", plan, nullptr, &run)),
            step + R"j(,"statements":[{"sql":"INSERT INTO t VALUES ($1, $2)","params":["x",null],"rows":1,)j"
                   R"("duration_ms":1.235,"recorded":false}]}],"error":null})");
}

}  // namespace
}  // namespace tide
