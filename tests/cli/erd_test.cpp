#include "cli/project.h"

namespace tide::test {
namespace {

class ErdTest : public OnEngine {
 protected:
  ErdTest() {
    project.write("migrations/1_tables.sql",
                  "CREATE TABLE users (id integer PRIMARY KEY, email text NOT NULL UNIQUE);\n"
                  "CREATE TABLE orders (id integer PRIMARY KEY, user_id integer NOT NULL REFERENCES users (id));\n"
                  "CREATE TABLE \"Odd \"\"<Näme>\" (id integer PRIMARY KEY, parent integer REFERENCES orders (id));\n");
    project.tide({"up"});
  }
};
TIDE_ON_BOTH_ENGINES(ErdTest);

TEST_P(ErdTest, IsMermaidByDefault) {
  const Outcome outcome = project.tide({"erd"});
  EXPECT_TRUE(exits(outcome, 0));
  EXPECT_EQ(outcome.out.substr(0, 10), "erDiagram\n");
  EXPECT_TRUE(contains(outcome.out, "  users ||--o{ orders : \"user_id\"\n"));
  EXPECT_TRUE(contains(outcome.out, "    text email UK\n"));
  EXPECT_TRUE(contains(outcome.out, "[\"Odd '<Näme>\"] {"));
}

TEST_P(ErdTest, IsDotAndSvgWhenAsked) {
  EXPECT_TRUE(contains(project.tide({"erd", "--format", "dot"}).out, ":c1 -> t"));
  const std::string svg = project.tide({"erd", "--format", "svg"}).out;
  EXPECT_EQ(svg.substr(0, 4), "<svg");
  EXPECT_TRUE(contains(svg, "prefers-color-scheme: dark"));
  EXPECT_TRUE(contains(svg, "Odd &quot;&lt;Näme&gt;"));
  EXPECT_TRUE(lacks(svg, "http://www.w3.org/1999/xlink"));
}

TEST_P(ErdTest, DrawsOnlyTheTablesAskedFor) {
  const Outcome outcome = project.tide({"erd", "--tables", "user*,ord*"});
  EXPECT_TRUE(contains(outcome.out, "users"));
  EXPECT_TRUE(lacks(outcome.out, "Odd"));
  const Outcome none = project.tide({"erd", "--tables", "nothing"});
  EXPECT_TRUE(exits(none, 2));
  EXPECT_TRUE(contains(none.err, "no table of dev is like nothing"));
}

TEST_P(ErdTest, DrawsASnapshotFileToo) {
  project.tide({"snapshot", "schema.json"});
  EXPECT_EQ(project.tide({"erd", "schema.json"}).out, project.tide({"erd"}).out);
}

TEST_P(ErdTest, RefusesAFormatThatItDoesNotKnow) { EXPECT_TRUE(exits(project.tide({"erd", "--format", "png"}), 2)); }

}  // namespace
}  // namespace tide::test
