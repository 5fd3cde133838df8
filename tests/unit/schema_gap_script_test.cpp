#include <gtest/gtest.h>

#include "base/text.h"
#include "schema/gap_script.h"
#include "schema/snapshot.h"

namespace tide {
namespace {

Json snapshot(const std::string& kinds) {
  return parse_snapshot(cat(R"({"format":1,"engine":"postgres",)", kinds, "}"), "test");
}

GapScript script(const Json& a, const Json& b) {
  return write_gap_script(a, b, {"dev", "production"}, "tide diff dev production --write x");
}

testing::AssertionResult holds(const std::string& text, const std::string& part) {
  if (text.find(part) != std::string::npos) return testing::AssertionSuccess();
  return testing::AssertionFailure() << "no <" << part << "> in\n" << text;
}

TEST(GapScript, SaysWhatItIsForAndMarksWhatLosesData) {
  const GapScript written =
      script(snapshot(R"("tables":{"public.old":{"columns":{"a":{"type":"text"}}}})"), snapshot(R"("schemas":{})"));
  EXPECT_TRUE(holds(written.text, "-- Written by `tide diff dev production --write x`: makes dev like production.\n"));
  EXPECT_TRUE(holds(written.text, "-- table old is only in dev\n"));
  EXPECT_TRUE(
      holds(written.text, "    -- DESTRUCTIVE, loses the rows of old\n    db:execute [[DROP TABLE public.old]]\n"));
  EXPECT_TRUE(holds(written.text, "CREATE TABLE public.old (\n  a text\n)"));
  EXPECT_TRUE(written.unwritten.empty());
}

TEST(GapScript, ThatCannotDoAllRefusesToRun) {
  const Json a = snapshot(R"("enums":{"public.mood":{"labels":["sad","ok"]}})");
  const Json b = snapshot(R"("enums":{"public.mood":{"labels":["ok"]}})");
  const GapScript written = script(a, b);
  ASSERT_EQ(written.unwritten.size(), 1U);
  EXPECT_EQ(written.unwritten[0], "enum mood: the label 'sad' cannot be taken away or moved: make a new type of it");
  EXPECT_TRUE(holds(written.text, "    error \"not all of the gap could be written"));
}

TEST(GapScript, WhoseDownCannotBeWrittenSaysThatItIsIrreversible) {
  const Json a = snapshot(R"("enums":{"public.mood":{"labels":["ok"]}})");
  const Json b = snapshot(R"("enums":{"public.mood":{"labels":["sad","ok"]}})");
  const GapScript written = script(a, b);
  EXPECT_TRUE(holds(written.text, "  transaction = false,\n"));
  EXPECT_TRUE(holds(written.text, "    db:execute [[ALTER TYPE public.mood ADD VALUE 'sad' BEFORE 'ok']]\n"));
  EXPECT_TRUE(holds(written.text, "  down = irreversible \"enum mood: the label 'sad' cannot be taken away"));
}

TEST(GapScript, QuotesTextsThatHoldLuasOwnBrackets) {
  const Json a = snapshot(R"("schemas":{})");
  const Json b = snapshot(
      R"-("functions":{"public.f()":{"type":"function","definition":"CREATE FUNCTION f() AS 'x[a[1]] ]=] '"}})-");
  EXPECT_TRUE(holds(script(a, b).text, "db:execute [==[CREATE FUNCTION f() AS 'x[a[1]] ]=] ']==]\n"));
  const Json c = snapshot(R"-("functions":{"public.f()":{"type":"function","definition":"CREATE FUNCTION\r\nf()"}})-");
  EXPECT_TRUE(holds(script(a, c).text, "db:execute(\"CREATE FUNCTION\\r\\nf()\")\n"));
}

TEST(GapScript, KeepsNamesWithLineBreaksInsideItsComments) {
  const Json a = snapshot(R"("schemas":{})");
  const Json b = snapshot(R"("tables":{"public.\"x\nos.exit()\"":{"columns":{}}})");
  EXPECT_TRUE(holds(script(a, b).text, "-- table \"x os.exit()\" is only in production\n"));
}

TEST(GapScript, WarnsOfAColumnThatRowsHaveNoValueFor) {
  const Json a = snapshot(R"("tables":{"public.t":{"columns":{"id":{"type":"integer"}}}})");
  const Json b =
      snapshot(R"("tables":{"public.t":{"columns":{"id":{"type":"integer"},"n":{"type":"text","not_null":true}}}})");
  EXPECT_TRUE(holds(script(a, b).text, "    -- CAUTION: fails while t has rows: n needs a value in them\n"));
}

}  // namespace
}  // namespace tide
