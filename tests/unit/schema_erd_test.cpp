#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>

#include "base/text.h"
#include "schema/erd.h"
#include "schema/erd_layout.h"
#include "schema/snapshot.h"

namespace tide {
namespace {

std::string key(const std::string& type, const std::string& columns, const std::string& references = "") {
  return cat(R"("k)", columns, type.front(), R"(":{"type":")", type, R"(","columns":[")", columns, R"("])",
             references.empty() ? "" : cat(R"(,"references":")", references, R"(","referenced_columns":["id"])"), "}");
}

// Tables of an id and one column for each table referred to.
Json schema_of(const std::vector<std::pair<std::string, std::vector<std::string>>>& tables) {
  std::string out;
  for (const auto& [name, parents] : tables) {
    std::string columns = R"("id":{"type":"bigint","not_null":true})", keys = key("primary key", "id");
    for (const std::string& parent : parents) {
      columns += cat(",\"", parent, R"(_id":{"type":"bigint","not_null":true})");
      keys += "," + key("foreign key", parent + "_id", "public." + parent);
    }
    out += cat(out.empty() ? "" : ",", "\"public.", name, R"(":{"columns":{)", columns, R"(},"constraints":{)", keys,
               "}}");
  }
  return parse_snapshot(cat(R"({"format":1,"engine":"postgres","tables":{)", out, "}}"), "test");
}

bool overlap(const ErdBox& a, const ErdBox& b) {
  return a.x < b.x + b.width && b.x < a.x + a.width && a.y < b.y + b.height && b.y < a.y + a.height;
}

// Whether a piece of a line runs through the inside of a box.
bool crosses(const ErdBox& box, const ErdPoint& a, const ErdPoint& b) {
  return std::max(a.x, b.x) > box.x + 1 && std::min(a.x, b.x) < box.x + box.width - 1 &&
         std::max(a.y, b.y) > box.y + 1 && std::min(a.y, b.y) < box.y + box.height - 1;
}

void expect_readable(const Erd& erd) {
  const ErdLayout layout = lay_out(erd);
  ASSERT_EQ(layout.boxes.size(), erd.tables.size());
  EXPECT_EQ(layout.lines.size(), erd.edges.size());
  for (std::size_t i = 0; i < layout.boxes.size(); ++i) {
    EXPECT_GE(layout.boxes[i].x, 0);
    EXPECT_LE(layout.boxes[i].x + layout.boxes[i].width, layout.width);
    EXPECT_LE(layout.boxes[i].y + layout.boxes[i].height, layout.height);
    for (std::size_t j = 0; j < i; ++j) {
      EXPECT_FALSE(overlap(layout.boxes[i], layout.boxes[j]))
          << erd.tables[i].name << " lies on " << erd.tables[j].name;
    }
  }
  for (const ErdLine& line : layout.lines) {
    for (std::size_t i = 1; i < line.points.size(); ++i) {
      const ErdPoint &a = line.points[i - 1], &b = line.points[i];
      EXPECT_TRUE(std::fabs(a.x - b.x) < .6 || std::fabs(a.y - b.y) < .6)
          << "a piece is neither horizontal nor vertical";
      for (const ErdBox& box : layout.boxes) EXPECT_FALSE(crosses(box, a, b)) << "a line runs through a table";
    }
  }
}

TEST(ErdLayout, NeverLaysTablesOnEachOtherNorLinesOnTables) {
  expect_readable(erd_of(schema_of({})));
  expect_readable(erd_of(schema_of({{"a", {}}})));
  expect_readable(erd_of(schema_of({{"a", {"a"}}})));
  expect_readable(erd_of(schema_of({{"a", {"b"}}, {"b", {"a"}}})));
  expect_readable(erd_of(schema_of({{"a", {"c", "c"}}, {"b", {"a"}}, {"c", {"b", "d"}}, {"d", {}}, {"lonely", {}}})));
  std::vector<std::pair<std::string, std::vector<std::string>>> many;
  unsigned seed = 7;
  for (int i = 0; i < 60; ++i) {
    std::vector<std::string> parents;
    for (int j = 0; j < i % 4; ++j) parents.push_back(cat("t", (seed = seed * 1103515245 + 12345) / 65536 % 60));
    std::sort(parents.begin(), parents.end());
    parents.erase(std::unique(parents.begin(), parents.end()), parents.end());
    many.emplace_back(cat("t", i), parents);
  }
  expect_readable(erd_of(schema_of(many)));
}

TEST(ErdLayout, PutsAHubOfManyTablesIntoAPleasantShape) {
  std::vector<std::pair<std::string, std::vector<std::string>>> tables = {{"users", {}}};
  for (int i = 0; i < 49; ++i) tables.emplace_back(cat("t", i), std::vector<std::string>{"users"});
  const Erd erd = erd_of(schema_of(tables));
  expect_readable(erd);
  const ErdLayout layout = lay_out(erd);
  EXPECT_LT(layout.width / layout.height, 3.5);
  EXPECT_GT(layout.width / layout.height, 0.6);
}

TEST(Erd, KnowsWhoMayHaveHowMany) {
  const Json snapshot = parse_snapshot(
      R"({"format":1,"engine":"postgres","tables":{"public.a":{"columns":{"id":{"type":"bigint","not_null":true},)"
      R"("b_id":{"type":"bigint"}},"constraints":{"f":{"type":"foreign key","columns":["b_id"],"references":"public.b",)"
      R"("referenced_columns":["id"]},"u":{"type":"unique","columns":["b_id"]}}},"public.b":{"columns":{"id":{"type":"bigint"}}}}})",
      "test");
  const Erd erd = erd_of(snapshot);
  ASSERT_EQ(erd.edges.size(), 1U);
  EXPECT_TRUE(erd.edges[0].optional);
  EXPECT_TRUE(erd.edges[0].exclusive);
  EXPECT_NE(erd_mermaid(erd).find("  b |o--o| a : \"b_id\"\n"), std::string::npos) << erd_mermaid(erd);
}

TEST(Erd, LeavesOutWhatIsNotAskedFor) {
  const Json snapshot = schema_of({{"order_lines", {"orders"}}, {"orders", {"users"}}, {"users", {}}});
  const Erd erd = erd_of(snapshot, {"order*"});
  EXPECT_EQ(erd.tables.size(), 2U);
  EXPECT_EQ(erd.edges.size(), 1U);
  EXPECT_EQ(erd_of(snapshot, {"public.users", "orders"}).tables.size(), 2U);
  EXPECT_TRUE(erd_of(snapshot, {"nothing"}).tables.empty());
}

TEST(Erd, SurvivesNamesThatEachFormatWouldChokeOn) {
  const Json snapshot = parse_snapshot(
      R"-({"format":1,"engine":"sqlite","tables":{"a<b> & \"c\" 😀":{"columns":{"x \"y\" <z>":{"type":"numeric(10,2)"},)-"
      R"("1":{"type":""}}},"plain":{"columns":{"id":{"type":"integer"}}}}})",
      "test");
  const Erd erd = erd_of(snapshot);
  const std::string mermaid = erd_mermaid(erd), svg = erd_svg(erd), dot = erd_dot(erd);
  EXPECT_NE(mermaid.find("t1[\"a<b> & 'c' 😀\"] {\n    numeric(10_2) x__y___z_ \"x 'y' <z>\"\n    _ _1 \"1\"\n"),
            std::string::npos)
      << mermaid;
  EXPECT_EQ(svg.find("<b>"), std::string::npos);
  EXPECT_NE(svg.find("a&lt;b&gt; &amp; &quot;c&quot; 😀"), std::string::npos);
  EXPECT_EQ(dot.find("<z>"), std::string::npos);
}

}  // namespace
}  // namespace tide
