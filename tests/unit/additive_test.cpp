#include "migrate/additive.h"

#include <gtest/gtest.h>

namespace tide::test {
namespace {

struct Case {
  const char* before;
  const char* after;
  bool fine;
};

TEST(Additive, AColumnMayOnlyTakeMoreThanBefore) {
  const Case cases[] = {
      {"integer", "integer", true},
      {"integer", "bigint", true},
      {"bigint", "integer", false},
      {"character varying(10)", "character varying(20)", true},
      {"character varying(20)", "character varying(10)", false},
      {"character varying(20)", "character varying", true},
      {"character varying", "character varying(20)", false},
      {"character varying(20)", "text", true},
      {"text", "character varying(20)", false},
      {"numeric(10,2)", "numeric(12,2)", true},
      {"numeric(10,2)", "numeric(12,4)", true},
      {"numeric(10,2)", "numeric(10,4)", false},
      {"numeric", "numeric(10,2)", false},
      {"numeric(10,2)", "numeric", true},
      {"timestamp(3) with time zone", "timestamp(6) with time zone", true},
      {"timestamp(3) with time zone", "timestamp(3) without time zone", false},
      {"text", "text not null", false},
      {"text not null", "text", true},
      {"integer", "text", false},
  };
  for (const Case& c : cases) {
    const auto losses = find_losses({{"column public.t.a", c.before}}, {{"column public.t.a", c.after}});
    EXPECT_EQ(losses.empty(), c.fine) << c.before << " -> " << c.after;
  }
}

TEST(Additive, WhatIsGoneIsNamed) {
  const Catalog before = {{"table public.t", ""}, {"index public.t_idx", ""}, {"column public.t.a", "integer"}};
  EXPECT_EQ(find_losses(before, {{"table public.t", ""}, {"column public.t.a", "integer"}}),
            std::vector<std::string>{"index public.t_idx is gone"});
  EXPECT_EQ(find_losses(before, before), std::vector<std::string>{});
}

TEST(Additive, WhatIsNewIsNoLoss) { EXPECT_EQ(find_losses({}, {{"table public.t", ""}}), std::vector<std::string>{}); }

}  // namespace
}  // namespace tide::test
