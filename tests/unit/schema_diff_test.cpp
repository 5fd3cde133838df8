#include <gtest/gtest.h>

#include "base/text.h"
#include "schema/describe.h"
#include "schema/diff.h"
#include "schema/snapshot.h"
#include "tide/error.h"

namespace tide {
namespace {

Json snapshot(const std::string& kinds, const std::string& engine = "postgres") {
  return parse_snapshot(cat(R"({"format":1,"engine":")", engine, "\"", kinds.empty() ? "" : ",", kinds, "}"), "test");
}

Json users(const std::string& properties) { return snapshot(cat(R"("tables":{"public.users":{)", properties, "}}")); }
Json phone(const std::string& properties) { return users(cat(R"("columns":{"phone":{)", properties, "}}")); }

std::string sentences(const Json& a, const Json& b) {
  std::string out;
  for (const SchemaChange& change : diff_snapshots(a, b)) out += describe(change, {"dev", "production"}) + "\n";
  return out;
}

struct Case {
  Json a;
  Json b;
  const char* text;
};

TEST(SchemaDiff, SaysWhatDiffersAsAPersonWould) {
  const std::vector<Case> cases = {
      {phone(R"-("type":"character varying(20)")-"), phone(R"("type":"text")"),
       "table users: column phone is varchar(20) in dev and text in production\n"},
      {phone(R"-("type":"timestamp(3) with time zone")-"), phone(R"("type":"timestamp without time zone[]")"),
       "table users: column phone is timestamptz(3) in dev and timestamp[] in production\n"},
      {phone(R"("type":"text","not_null":true)"), phone(R"("type":"text")"),
       "table users: column phone refuses NULL in dev and takes NULL in production\n"},
      {phone(R"("type":"text","default":"'x'::text")"), phone(R"("type":"text")"),
       "table users: column phone has the default 'x'::text in dev and none in production\n"},
      {phone(R"("type":"text","default":"'x'::text")"), phone(R"("type":"text","default":"'y'::text")"),
       "table users: column phone: default is 'x'::text in dev and 'y'::text in production\n"},
      {users(R"("columns":{})"), phone(R"("type":"text","not_null":true)"),
       "table users: column phone (text, refuses NULL) is only in production\n"},
      {snapshot(""), users(""), "table users is only in production\n"},
      {snapshot(R"("views":{"app.v":{}})"), snapshot(""), "view app.v is only in dev\n"},
      {users(R"("row_security":true)"), users(""),
       "table users has row security in dev and has no row security in production\n"},
      {users(R"("comment":"people")"), users(""), "table users: comment is 'people' in dev and none in production\n"},
      {users(R"("indexes":{"i":{"definition":"CREATE INDEX i","valid":true}})"),
       users(R"("indexes":{"i":{"definition":"CREATE INDEX i","valid":false}})"),
       "table users: index i is valid in dev and is invalid in production\n"},
      {users(R"("triggers":{"t":{"definition":"x","enabled":"enabled"}})"),
       users(R"("triggers":{"t":{"definition":"x","enabled":"disabled"}})"),
       "table users: trigger t is enabled in dev and disabled in production\n"},
      {users(R"-("constraints":{"c":{"type":"check","definition":"CHECK ((a > 0))","validated":true}})-"), users(""),
       "table users: constraint c (CHECK ((a > 0))) is only in dev\n"},
      {snapshot(R"("enums":{"public.mood":{"labels":["sad","ok"]}})"),
       snapshot(R"("enums":{"public.mood":{"labels":["ok"]}})"),
       "enum mood: labels are sad, ok in dev and ok in production\n"},
      {snapshot(R"-("functions":{"public.f()":{"definition":"one\ntwo\nthree"}})-"),
       snapshot(R"-("functions":{"public.f()":{"definition":"one\n2\nthree"}})-"),
       "function f(): its definition differs from line 2 on: `two` in dev and `2` in production\n"},
  };
  for (const Case& one : cases) EXPECT_EQ(sentences(one.a, one.b), one.text);
}

TEST(SchemaDiff, FindsNothingWhereNothingOfWeightDiffers) {
  const std::vector<Case> cases = {
      {users(R"("columns":{"a":{"type":"text"},"b":{"type":"text"}})"),
       users(R"("columns":{"b":{"type":"text"},"a":{"type":"text"}})"), ""},
      {users(R"("uses":["enums public.mood"])"), users(""), ""},
      {users(R"("owner":"ann","grants":["bob: SELECT"])"), users(""), ""},
      {users(R"("indexes":{"k":{"definition":"x","valid":true,"constraint":"k"}})"), users(""), ""},
      {users(R"("columns":{"a":{"type":"text","inherited":true}})"),
       users(R"("columns":{"a":{"type":"integer","inherited":true}})"), ""},
      {snapshot(R"("server":15)"), snapshot(R"("server":16)"), ""},
      {snapshot(R"("views":{"v":{"definition":"CREATE VIEW v AS SELECT  1"}})", "sqlite"),
       snapshot(R"("views":{"v":{"definition":"CREATE VIEW v AS\nSELECT 1 -- one"}})", "sqlite"), ""},
  };
  for (const Case& one : cases) {
    EXPECT_EQ(sentences(one.a, one.b), "");
    EXPECT_EQ(snapshot_digest(one.a), snapshot_digest(one.b)) << dump_json(one.a);
  }
}

TEST(SchemaDiff, ComparesOwnersAndPrivilegesWhereBothSidesHaveThem) {
  const Json a = snapshot(R"("grants":true,"tables":{"public.t":{"owner":"ann"}})");
  const Json b = snapshot(R"("grants":true,"tables":{"public.t":{"owner":"bob"}})");
  EXPECT_EQ(sentences(a, b), "table t: owner is ann in dev and bob in production\n");
}

TEST(SchemaDiff, ADigestTellsTwoSchemasApart) {
  EXPECT_NE(snapshot_digest(phone(R"("type":"text")")), snapshot_digest(phone(R"("type":"integer")")));
}

TEST(SchemaDiff, OfTwoEnginesIsRefused) {
  try {
    diff_snapshots(snapshot(""), snapshot("", "sqlite"));
    FAIL() << "compared";
  } catch (const Error& error) {
    EXPECT_EQ(error.kind, ErrorKind::kUsage);
    EXPECT_EQ(error.message, "a schema of postgres cannot be compared with one of sqlite");
  }
}

TEST(SchemaDiff, AsJsonNamesThingAndPartAndBothValues) {
  const Json a = phone(R"("type":"text")"), b = phone(R"("type":"integer")");
  EXPECT_EQ(
      dump_json(differences_json(diff_snapshots(a, b), {"dev", "production"})),
      R"([{"change":"differs","kind":"table","name":"public.users","part_kind":"column","part":"phone","property":"type",)"
      R"("a":"text","b":"integer","text":"table users: column phone is text in dev and integer in production"}])");
}

}  // namespace
}  // namespace tide
