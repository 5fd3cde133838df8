#include <gtest/gtest.h>

#include "schema/column_types.h"
#include "schema/erd.h"
#include "schema/names.h"

namespace tide {
namespace {

TEST(SchemaNames, AreTakenApartOutsideOfQuotes) {
  struct Case {
    const char* name;
    const char* schema;
    const char* rest;
  };
  for (const Case& one : std::vector<Case>{{"public.users", "public", "users"},
                                           {"\"a.b\".\"c.d\"", "\"a.b\"", "\"c.d\""},
                                           {"\"a\"\".b\".c", "\"a\"\".b\"", "c"},
                                           {"users", "", "users"},
                                           {"public.f(app.t)", "public", "f(app.t)"},
                                           {"f(app.t)", "", "f(app.t)"}}) {
    EXPECT_EQ(split_name(one.name).schema, one.schema) << one.name;
    EXPECT_EQ(split_name(one.name).name, one.rest) << one.name;
  }
  EXPECT_EQ(unquoted("\"say \"\"hi\"\"\""), "say \"hi\"");
}

TEST(SchemaNames, OfTypesAreThoseThatPeopleWrite) {
  for (const auto& [type, shown] : std::vector<std::pair<const char*, const char*>>{
           {"character varying(20)", "varchar(20)"},
           {"character varying", "varchar"},
           {"character(3)", "char(3)"},
           {"timestamp with time zone", "timestamptz"},
           {"timestamp(3) without time zone", "timestamp(3)"},
           {"time(0) with time zone[]", "timetz(0)[]"},
           {"public.mood", "mood"},
           {"app.mood", "app.mood"},
           {"numeric(10,2)", "numeric(10,2)"},
           {"timestamps", "timestamps"},
       }) {
    EXPECT_EQ(shown_type(type), shown);
  }
}

TEST(ColumnTypes, BecomeEachOtherAsTheServerDoesIt) {
  struct Case {
    const char* from;
    const char* to;
    Conversion conversion;
    bool holds_all;
  };
  for (const Case& one : std::vector<Case>{
           {"integer", "bigint", Conversion::kAssigned, true},
           {"bigint", "integer", Conversion::kAssigned, false},
           {"character varying(20)", "text", Conversion::kAssigned, true},
           {"text", "character varying(20)", Conversion::kAssigned, false},
           {"character varying(20)", "character varying(40)", Conversion::kAssigned, true},
           {"numeric(10,2)", "numeric(12,2)", Conversion::kAssigned, true},
           {"numeric(10,2)", "numeric(12,6)", Conversion::kAssigned, false},
           {"text", "integer", Conversion::kCast, false},
           {"text", "public.mood", Conversion::kCast, false},
           {"public.mood", "text", Conversion::kAssigned, true},
           {"public.mood", "public.other", Conversion::kUnknown, false},
           {"text[]", "integer", Conversion::kUnknown, false},
           {"integer", "boolean", Conversion::kCast, false},
           {"json", "jsonb", Conversion::kAssigned, true},
           {"date", "timestamp with time zone", Conversion::kAssigned, false},
       }) {
    EXPECT_EQ(conversion_of(one.from, one.to), one.conversion) << one.from << " to " << one.to;
    EXPECT_EQ(holds_all(one.from, one.to), one.holds_all) << one.from << " to " << one.to;
  }
}

TEST(ErdPatterns, MatchAsInAShell) {
  EXPECT_TRUE(matches_pattern("orders", "order*"));
  EXPECT_TRUE(matches_pattern("orders", "*"));
  EXPECT_TRUE(matches_pattern("orders", "?rders"));
  EXPECT_TRUE(matches_pattern("a.b.c", "a.*c"));
  EXPECT_FALSE(matches_pattern("orders", "order"));
  EXPECT_FALSE(matches_pattern("orders", ""));
}

}  // namespace
}  // namespace tide
