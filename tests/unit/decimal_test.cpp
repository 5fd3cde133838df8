#include "base/decimal.h"

#include <gtest/gtest.h>

#include <cmath>
#include <limits>
#include <string>
#include <vector>

#include "tide/error.h"

namespace tide {
namespace {

Decimal decimal(const std::string& text) {
  const auto value = Decimal::parse(text);
  EXPECT_TRUE(value) << text;
  return value ? *value : Decimal::from_int(0);
}

std::string digits(std::size_t count) { return std::string(count, '9'); }

TEST(Decimal, keeps_the_scale_it_was_written_with) {
  struct Case {
    const char* text;
    const char* shown;
  };
  for (const auto& [text, shown] :
       std::vector<Case>{{"0", "0"},
                         {"-0", "0"},
                         {"+7", "7"},
                         {"1.10", "1.10"},
                         {"-0.5", "-0.5"},
                         {".5", "0.5"},
                         {"5.", "5"},
                         {"-.25", "-0.25"},
                         {"0.000", "0.000"},
                         {"-0.00", "0.00"},
                         {"007", "7"},
                         {"1e3", "1000"},
                         {"1E+3", "1000"},
                         {"1.5e-3", "0.0015"},
                         {"1.50e1", "15.0"},
                         {"1e0", "1"},
                         {"1e-0", "1"},
                         {"100e-2", "1.00"},
                         {"123456789012345678901234567890.5", "123456789012345678901234567890.5"}}) {
    EXPECT_EQ(decimal(text).text(), shown) << text;
  }
}

TEST(Decimal, is_not_made_from_anything_else) {
  for (const char* text : {"",
                           "-",
                           "+",
                           ".",
                           "-.",
                           "e5",
                           "1e",
                           "1e+",
                           "1e-",
                           "1e+-5",
                           "1e--5",
                           "1e5.0",
                           "1e10000",
                           "1e-10000",
                           "1e2147483648",
                           "1e-2147483648",
                           "1e99999999999999999999",
                           "--1",
                           "+-1",
                           "1.2.3",
                           "1,5",
                           " 1",
                           "1 ",
                           "x",
                           "0x10",
                           "nan",
                           "inf",
                           "Infinity",
                           "1_000",
                           "\xd9\xa1"}) {
    EXPECT_FALSE(Decimal::parse(text)) << text;
  }
  EXPECT_FALSE(Decimal::parse(std::string_view("1\0", 2)));
}

TEST(Decimal, has_a_largest_size) {
  EXPECT_EQ(decimal(digits(Decimal::kMaxDigits)).text(), digits(Decimal::kMaxDigits));
  EXPECT_FALSE(Decimal::parse(digits(Decimal::kMaxDigits + 1)));
  EXPECT_FALSE(Decimal::parse(digits(Decimal::kMaxDigits - 100) + "e9999"));
  EXPECT_FALSE(Decimal::parse("0." + digits(Decimal::kMaxDigits - 100) + "e-9999"));
  const Decimal half = decimal(digits(Decimal::kMaxDigits / 2 + 1));
  const Decimal largest = decimal(digits(Decimal::kMaxDigits));
  const Decimal smallest = decimal("0." + digits(Decimal::kMaxDigits - 1));
  EXPECT_THROW(half * half, Error);
  EXPECT_THROW(largest + Decimal::from_int(1), Error);
  EXPECT_THROW(largest + smallest, Error);
  EXPECT_THROW(smallest * smallest, Error);
  EXPECT_THROW(largest.round(1), Error);
}

TEST(Decimal, computes_exactly) {
  EXPECT_EQ((decimal("0.1") + decimal("0.2")).text(), "0.3");
  EXPECT_EQ((decimal("1.10") + decimal("-1.1")).text(), "0.00");
  EXPECT_EQ((decimal("9007199254740993") - decimal("0.001")).text(), "9007199254740992.999");
  EXPECT_EQ((decimal("-1.5") * decimal("1.50")).text(), "-2.250");
  EXPECT_EQ((-decimal("0.5")).text(), "-0.5");
  EXPECT_EQ((-decimal("0.0")).text(), "0.0");
}

TEST(Decimal, divides_and_rounds_half_away_from_zero) {
  struct Case {
    const char* dividend;
    const char* divisor;
    int digits;
    const char* quotient;
  };
  for (const auto& [dividend, divisor, places, quotient] : std::vector<Case>{{"10", "3", 4, "3.3333"},
                                                                             {"-10", "3", 2, "-3.33"},
                                                                             {"1", "8", 2, "0.13"},
                                                                             {"-1", "8", 2, "-0.13"},
                                                                             {"1", "-8", 2, "-0.13"},
                                                                             {"-1", "-8", 2, "0.13"},
                                                                             {"1", "0.3", 1, "3.3"},
                                                                             {"0.001", "1000", 3, "0.000"},
                                                                             {"2.5", "1", 0, "3"},
                                                                             {"2.4999999", "1", 0, "2"},
                                                                             {"1e20", "3", 0, "33333333333333333333"},
                                                                             {"0", "7", 2, "0.00"}}) {
    EXPECT_EQ(decimal(dividend).divide(decimal(divisor), places).text(), quotient) << dividend << " / " << divisor;
  }
  EXPECT_EQ(decimal("1.005").round(2).text(), "1.01");
  EXPECT_EQ(decimal("-2.5").round(0).text(), "-3");
  EXPECT_EQ(decimal("7").round(3).text(), "7.000");
}

TEST(Decimal, compares_by_value) {
  const std::vector<std::string> ascending = {"-1e30", "-1.1",  "-1", "-0.001", "0",
                                              "1e-30", "0.999", "1",  "1.1",    "1e30"};
  for (std::size_t i = 0; i < ascending.size(); ++i) {
    for (std::size_t j = 0; j < ascending.size(); ++j) {
      EXPECT_EQ(decimal(ascending[i]).compare(decimal(ascending[j])), (i > j) - (i < j))
          << ascending[i] << " " << ascending[j];
    }
  }
  EXPECT_EQ(decimal("1.10").compare(decimal("1.1")), 0);
  EXPECT_EQ(decimal("-0.0").compare(decimal("0")), 0);
  EXPECT_TRUE(decimal("0.00").is_zero());
  EXPECT_FALSE(decimal("0.01").is_zero());
}

TEST(Decimal, is_an_int64_when_it_is_one) {
  EXPECT_EQ(decimal("9223372036854775807").to_int64(), std::numeric_limits<std::int64_t>::max());
  EXPECT_EQ(decimal("-9223372036854775808").to_int64(), std::numeric_limits<std::int64_t>::min());
  EXPECT_EQ(decimal("5.00").to_int64(), 5);
  EXPECT_EQ(decimal("0.00").to_int64(), 0);
  for (const char* text : {"9223372036854775808", "-9223372036854775809", "0.5", "-0.001", "1e30"}) {
    EXPECT_FALSE(decimal(text).to_int64()) << text;
  }
  for (const std::int64_t value : {std::numeric_limits<std::int64_t>::min(), std::int64_t{-1}, std::int64_t{0},
                                   std::numeric_limits<std::int64_t>::max()}) {
    EXPECT_EQ(Decimal::from_int(value).to_int64(), value);
    EXPECT_EQ(Decimal::from_int(value).text(), std::to_string(value));
  }
}

TEST(Decimal, and_doubles_give_each_other_back) {
  for (const double value : {0.0, 0.1, -1.5, 1e21, 1e308, 5e-324, 123456789.123456789, 9007199254740992.0}) {
    const auto exact = Decimal::from_double(value);
    ASSERT_TRUE(exact) << value;
    EXPECT_EQ(exact->to_double(), value);
  }
  EXPECT_EQ(Decimal::from_double(0.1)->text(), "0.1");
  EXPECT_EQ(Decimal::from_double(1e21)->text(), "1000000000000000000000");
  EXPECT_TRUE(std::isinf(decimal("1e400").to_double()));
  EXPECT_FALSE(Decimal::from_double(std::nan("")));
  EXPECT_FALSE(Decimal::from_double(std::numeric_limits<double>::infinity()));
}

TEST(Decimal, copies_are_independent) {
  Decimal a = decimal("1.5");
  Decimal b = a;
  b = b + a;
  EXPECT_EQ(a.text(), "1.5");
  EXPECT_EQ(b.text(), "3.0");
  a = std::move(b);
  EXPECT_EQ(a.text(), "3.0");
}

}  // namespace
}  // namespace tide
