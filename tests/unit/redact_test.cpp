#include "base/redact.h"

#include <gtest/gtest.h>

namespace tide {
namespace {

struct Case {
  const char* given;
  const char* shown;
};

TEST(Redact, WhatLooksLikeASecretIsMaskedUntold) {
  const Case cases[] = {
      {"postgres://bob:s3cret@db/app", "postgres://bob:***@db/app"},
      {"postgresql://bob:a%40b@h1,h2/app?sslmode=require", "postgresql://bob:***@h1,h2/app?sslmode=require"},
      {"postgres://bob:with@sign@db/app", "postgres://bob:***@db/app"},
      {"https://token:x@host", "https://token:***@host"},
      {"'postgres://u:p@h' and 'mysql://v:q@i'", "'postgres://u:***@h' and 'mysql://v:***@i'"},
      {"host=db password=s3cret user=bob", "host=db password=*** user=bob"},
      {"cannot connect to host=db password=***: refused", "cannot connect to host=db password=***: refused"},
      {"host=db password='two words' user=bob", "host=db password=*** user=bob"},
      {R"(password='it\'s' user=bob)", "password=*** user=bob"},
      {"?user=bob&password=s3cret&sslmode=x", "?user=bob&password=***&sslmode=x"},
      {"PGPASSWORD=s3cret psql", "PGPASSWORD=*** psql"},
      {"CREATE ROLE bob PASSWORD 's3cret' LOGIN", "CREATE ROLE bob PASSWORD *** LOGIN"},
      {"Authorization: Basic dTpw", "Authorization: ***"},
      {"authorization: Bearer abc.def\nAccept: */*", "authorization: ***\nAccept: */*"},
      {R"({"Authorization": "Bearer abc.def"})", R"({"Authorization": ***})"},
      {"sent Bearer abc.def to it", "sent Bearer *** to it"},
  };
  for (const Case& c : cases) EXPECT_EQ(Redactor().redact(c.given), c.shown);
}

TEST(Redact, WhatIsNoSecretStays) {
  const char* cases[] = {
      "postgres://bob@db/app",
      "https://example.test/a:b@c",
      "UPDATE users SET password = $1 WHERE id = $2",
      "WHERE password=$1",
      "column \"password\" of relation \"users\" does not exist",
      "",
  };
  for (const char* text : cases) EXPECT_EQ(Redactor().redact(text), text);
}

TEST(Redact, ToldSecretsAreMaskedWhereverTheyStand) {
  Redactor redactor;
  redactor.add("correct-horse");
  EXPECT_EQ(redactor.redact("xcorrect-horsey, correct-horse"), "x***y, ***");
}

TEST(Redact, AShortSecretIsMaskedOnlyAsAWord) {
  Redactor redactor;
  redactor.add("cat");
  EXPECT_EQ(redactor.redact("cat concatenates category (cat)"), "*** concatenates category (***)");
}

TEST(Redact, ASecretOfTwoCharactersIsNotOne) {
  Redactor redactor;
  redactor.add("ab");
  EXPECT_EQ(redactor.redact("ab"), "ab");
}

TEST(Redact, ALongSecretIsMaskedWholeWhenAShorterOneIsItsBeginning) {
  Redactor redactor;
  redactor.add("swordfish");
  redactor.add("swordfish-and-more");
  EXPECT_EQ(redactor.redact("swordfish-and-more swordfish"), "*** ***");
}

}  // namespace
}  // namespace tide
