#include <gtest/gtest.h>

#include "base/text.h"
#include "schema/snapshot.h"
#include "tide/error.h"

namespace tide {
namespace {

TEST(SnapshotFile, KeepsLongTextsAsListsOfLinesSoThatALineIsALineInGit) {
  const std::string text = R"-({"format":1,"engine":"postgres","functions":{"f()":{"definition":"a\nb"}}})-";
  const std::string saved = snapshot_text(parse_snapshot(text, "s.json"));
  EXPECT_NE(saved.find("        \"a\",\n        \"b\"\n"), std::string::npos) << saved;
  EXPECT_EQ(dump_json(parse_snapshot(saved, "s.json")), text);
}

TEST(SnapshotFile, ComesBackAsItWas) {
  const std::string text =
      R"({"format":1,"engine":"sqlite","tables":{"a \"b\" 😀.c":{"columns":{"Z":{"type":""},"a":{"type":"x"}},"sql":"x\r\ny\n"}}})";
  EXPECT_EQ(dump_json(parse_snapshot(snapshot_text(parse_snapshot(text, "s.json")), "s.json")), text);
}

TEST(SnapshotFile, ThatIsNoneIsRefusedWithFileAndPlace) {
  struct Case {
    const char* text;
    const char* message;
  };
  for (const Case& one : std::vector<Case>{
           {"[]", "this is no snapshot of a schema: it has no \"format\" and \"engine\""},
           {"{\"format\":1}", "this is no snapshot of a schema: it has no \"format\" and \"engine\""},
           {"{\"format\":\"1\",\"engine\":\"sqlite\"}",
            "this is no snapshot of a schema: it has no \"format\" and \"engine\""},
           {"{\"format\":2,\"engine\":\"sqlite\"}", "the snapshot has format 2; this tide knows format 1"},
           {"{\"format\":1,\"engine\":\"mysql\"}", "engine: \"postgres\" or \"sqlite\" is allowed, not \"mysql\""},
           {"{\"format\":1,\"engine\":\"sqlite\",\"table\":{}}",
            "'table' is no kind of object; did you mean 'tables'?"},
           {"{\"format\":1,\"engine\":\"sqlite\",\"tables\":[]}", "tables: an object in braces is expected"},
           {"{\"format\":1,\"engine\":\"sqlite\",\"tables\":{\"t\":1}}", "tables.t: an object in braces is expected"},
           {"{\"format\":1,\"engine\":\"sqlite\",\"tables\":{\"t\":{\"columns\":[]}}}",
            "tables.t.columns: an object in braces is expected"},
           {"{\"format\":1,\"engine\":\"sqlite\",\"tables\":{\"t\":{\"columns\":{\"c\":1}}}}",
            "tables.t.columns.c: an object in braces is expected"},
       }) {
    try {
      parse_snapshot(one.text, "s.json");
      ADD_FAILURE() << "accepted: " << one.text;
    } catch (const Error& error) {
      EXPECT_EQ(error.kind, ErrorKind::kConfig);
      EXPECT_EQ(error.message, one.message);
      EXPECT_EQ(error.file, "s.json");
    }
  }
}

TEST(SnapshotFile, ThatIsBrokenJsonIsRefusedWithItsPlace) {
  try {
    parse_snapshot("{\n  \"format\": 1,\n  oops\n}", "s.json");
    FAIL() << "accepted";
  } catch (const Error& error) {
    EXPECT_EQ(error.kind, ErrorKind::kConfig);
    EXPECT_EQ(error.file, "s.json");
    EXPECT_NE(error.message.find("line 3"), std::string::npos) << error.message;
  }
}

}  // namespace
}  // namespace tide
