#include "db/url.h"

#include <gtest/gtest.h>

#include "db/drivers.h"
#include "tide/error.h"

namespace tide {
namespace {

struct UrlCase {
  const char* url;
  const char* shown;
  std::vector<std::string> secrets;
};

const UrlCase kUrls[] = {
    {"postgres://localhost/shop", "postgres://localhost/shop", {}},
    {"postgres://ada@localhost:5432/shop?sslmode=require", "postgres://ada@localhost:5432/shop?sslmode=require", {}},
    {"postgres://ada:hunter2@localhost/shop", "postgres://ada:***@localhost/shop", {"hunter2"}},
    {"postgres://ada:p%40ss%2F@h:5432/shop", "postgres://ada:***@h:5432/shop", {"p%40ss%2F", "p@ss/"}},
    {"postgresql://ada:a:b@h1:1,h2:2/shop", "postgresql://ada:***@h1:1,h2:2/shop", {"a:b"}},
    {"postgres://h1:1,h2:2/shop?user=a@b", "postgres://h1:1,h2:2/shop?user=a@b", {}},
    {"postgres://[::1]:5432/shop?user=a@b", "postgres://[::1]:5432/shop?user=a@b", {}},
    {"postgres:///shop?host=/run&password=x%20y&sslmode=disable",
     "postgres:///shop?host=/run&password=***&sslmode=disable",
     {"x%20y", "x y"}},
    {"postgres://ada:one@h/shop?sslpassword=two", "postgres://ada:***@h/shop?sslpassword=***", {"one", "two"}},
    {"postgres://ada:@h/shop", "postgres://ada:@h/shop", {}},
    {"postgres://ada:%zz@h/shop", "postgres://ada:***@h/shop", {"%zz"}},
    {"postgres://ada:a/b?c#d@h/shop", "postgres://ada:***@h/shop", {"a/b?c#d"}},
    {"postgres://ada:p@ss@h/shop", "postgres://ada:***@h/shop", {"p@ss"}},
    {"mysql://root:toor@h/shop", "mysql://root:***@h/shop", {"toor"}},
    {"host=h password=hunter2 dbname=shop", "host=h password=*** dbname=shop", {"hunter2"}},
    {"host = h password = 'it\\'s \\\\ here' dbname=shop",
     "host = h password = *** dbname=shop",
     {"'it\\'s \\\\ here'", "it's \\ here"}},
    {"password='unfinished", "password=***", {"'unfinished", "unfinished"}},
    {"password=a\\ b user=c", "password=*** user=c", {"a\\ b", "a b"}},
    {"sqlite:shop.db?mode=ro", "sqlite:shop.db?mode=ro", {}},
    {"sqlite:shop.db?key=k3y", "sqlite:shop.db?key=***", {"k3y"}},
    {"sqlite::memory:", "sqlite::memory:", {}},
    {"", "", {}},
    {"://", "://", {}},
    {"postgres://:", "postgres://:", {}},
    {"=", "=", {}},
};

TEST(Url, IsShownWithoutItsSecrets) {
  for (const UrlCase& c : kUrls) EXPECT_EQ(display_url(c.url), c.shown) << c.url;
}

TEST(Url, SecretsAreFoundAsWrittenAndDecoded) {
  for (const UrlCase& c : kUrls) EXPECT_EQ(url_secrets(c.url), c.secrets) << c.url;
}

TEST(Url, ShownFormHoldsNoSecret) {
  for (const UrlCase& c : kUrls) {
    for (const std::string& secret : c.secrets) {
      EXPECT_EQ(display_url(c.url).find(secret), std::string::npos) << c.url;
    }
  }
}

TEST(Url, APasswordThatLibpqWouldTakeApartIsMarked) {
  const auto misread = [](const char* url) { return find_url_secrets(url).at(0).misread; };
  EXPECT_TRUE(misread("postgres://ada:p@ss@h/shop"));
  EXPECT_TRUE(misread("postgres://ada:p/ss@h/shop"));
  EXPECT_FALSE(misread("postgres://ada:p%2Fss@h/shop"));
  EXPECT_FALSE(misread("postgres://h/shop?password=p/ss@"));
}

std::string driver_of(std::string_view url) {
  for (const Driver& driver : drivers()) {
    if (driver.accepts(url)) return driver.name;
  }
  return "";
}

TEST(Url, ChoosesTheDriver) {
  const std::pair<const char*, const char*> cases[] = {
      {"postgres://h/d", "postgres"},
      {"postgresql://", "postgres"},
      {"host=h dbname=d", "postgres"},
      {" service = prod", "postgres"},
      {"sqlite:shop.db", "sqlite"},
      {"sqlite::memory:", "sqlite"},
      {"sqlite:a=b.db", "sqlite"},
      {"mysql://h/d", ""},
      {"shop.db", ""},
      {"", ""},
      {"=x", ""},
      {"mysql://h/d?a=b", ""},
  };
  for (const auto& [url, driver] : cases) EXPECT_EQ(driver_of(url), driver) << url;
}

TEST(Url, OfNoKnownDatabaseIsAConfigurationErrorThatNamesTheFormsAndNoPassword) {
  try {
    open_connection("mysql://root:toor@h/d");
    FAIL() << "it was accepted";
  } catch (const Error& error) {
    EXPECT_EQ(error.kind, ErrorKind::kConfig);
    EXPECT_NE(error.message.find("sqlite:file"), std::string::npos);
    EXPECT_EQ(error.message.find("toor"), std::string::npos);
  }
}

TEST(Url, ThatLibpqCannotReadIsAConfigurationErrorWithoutThePassword) {
  for (const char* url : {"postgres://ada:hunter2@h/d?nonsense=1", "postgres://ada:hun/ter2@h/d", "password=hunter2 x",
                          "postgres://ada:hunter2%zz@h/d"}) {
    try {
      open_connection(url);
      ADD_FAILURE() << url << " was accepted";
    } catch (const Error& error) {
      EXPECT_EQ(error.kind, ErrorKind::kConfig) << url;
      EXPECT_EQ(error.message.find("hunter2"), std::string::npos) << error.message;
      EXPECT_EQ(error.message.find("ter2"), std::string::npos) << error.message;
    }
  }
}

}  // namespace
}  // namespace tide
