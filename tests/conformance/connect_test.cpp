#include <filesystem>
#include <fstream>

#include "support/databases.h"
#include "support/pg_cluster.h"

namespace tide::test {
namespace {

Error refused(const std::string& url, const ConnectOptions& options = {}) {
  return raised([&] { open_connection(url, options); });
}

bool mentions(const Error& error, const std::string& text) { return error.message.find(text) != std::string::npos; }

TEST(Connecting, to_an_unknown_kind_of_url_says_which_forms_there_are) {
  for (const char* url : {"mysql://root:hunter2@db/shop", "nonsense", ""}) {
    const Error error = refused(url);
    EXPECT_EQ(error.kind, ErrorKind::kConfig) << url;
    EXPECT_TRUE(mentions(error, "sqlite:")) << error.message;
    EXPECT_TRUE(mentions(error, "postgres")) << error.message;
    EXPECT_FALSE(mentions(error, "hunter2")) << error.message;
  }
}

TEST(ConnectingToSqlite, makes_the_file_when_it_is_missing) {
  const TempDir dir;
  open_connection("sqlite:" + dir / "new.db")->execute("CREATE TABLE t (id integer)");
  EXPECT_EQ(query_value(*open_connection("sqlite:" + dir / "new.db"), "SELECT count(*) FROM t"), Value(0));
}

TEST(ConnectingToSqlite, takes_each_form_of_a_path) {
  const TempDir dir;
  open_connection("sqlite:" + dir / "a b")->execute("CREATE TABLE t (id integer)");
  for (const std::string& url : {"sqlite:" + dir / "a b", "sqlite://" + dir / "a b", "sqlite:" + dir / "a%20b",
                                 "sqlite3:" + dir / "a b", "sqlite:" + dir / "a b?mode=rw"}) {
    EXPECT_EQ(query_value(*open_connection(url), "SELECT count(*) FROM t"), Value(0)) << url;
  }
}

TEST(ConnectingToSqlite, names_the_path_and_why_it_cannot_be_opened) {
  const TempDir dir;
  dir.write("text.db", "this is certainly not a database, only some text that is long enough\n");
  struct Case {
    std::string url;
    std::string path;
    std::string reason;
  };
  for (const Case& c : {Case{"sqlite:" + dir / "missing/x.db", dir / "missing/x.db", "does not exist"},
                        Case{"sqlite:" + dir.path(), dir.path(), "is a directory"},
                        Case{"sqlite:" + dir / "text.db", dir / "text.db", "not a database"},
                        Case{"sqlite:" + dir / "none.db?mode=ro", dir / "none.db", "does not exist"},
                        Case{"sqlite:" + dir / "none.db?mode=rw", dir / "none.db", "does not exist"}}) {
    const Error error = refused(c.url);
    EXPECT_EQ(error.kind, ErrorKind::kConnect) << c.url;
    EXPECT_TRUE(mentions(error, c.path)) << error.message;
    EXPECT_TRUE(mentions(error, c.reason)) << error.message;
  }
  EXPECT_FALSE(std::filesystem::exists(dir / "none.db"));
}

TEST(ConnectingToSqlite, to_read_does_not_make_a_file) {
  const TempDir dir;
  ConnectOptions options;
  options.read_only = true;
  EXPECT_EQ(refused("sqlite:" + dir / "none.db", options).kind, ErrorKind::kConnect);
  EXPECT_FALSE(std::filesystem::exists(dir / "none.db"));
}

TEST(ConnectingToSqlite, refuses_options_it_does_not_know_and_names_those_it_does) {
  const Error unknown = refused("sqlite:x.db?mod=ro");
  EXPECT_EQ(unknown.kind, ErrorKind::kConfig);
  EXPECT_TRUE(mentions(unknown, "mod")) << unknown.message;
  EXPECT_TRUE(mentions(unknown, "busy_timeout")) << unknown.message;
  EXPECT_TRUE(mentions(refused("sqlite:x.db?mode=write"), "rwc"));
  EXPECT_TRUE(mentions(refused("sqlite:x.db?foreign_keys=maybe"), "off"));
  EXPECT_EQ(refused("sqlite:").kind, ErrorKind::kConfig);
}

TEST(ConnectingToPostgres, where_nothing_listens_fails_within_the_timeout) {
  ConnectOptions options;
  options.connect_timeout_s = 3;
  const Error error = refused("postgres://someone:hunter2@127.0.0.1:1/shop", options);
  EXPECT_EQ(error.kind, ErrorKind::kConnect);
  EXPECT_FALSE(mentions(error, "hunter2")) << error.message;
}

TEST(ConnectingToPostgres, with_a_url_that_cannot_be_read_is_a_configuration_error) {
  for (const char* url : {"postgres://[::1/shop", "postgres://host/db?no_such_option=1"}) {
    EXPECT_EQ(refused(url).kind, ErrorKind::kConfig) << url;
  }
}

TEST(ConnectingToPostgres, to_a_database_that_does_not_exist_names_it) {
  const Error error = refused(shared_cluster().url("no_such_database"));
  EXPECT_EQ(error.kind, ErrorKind::kConnect);
  EXPECT_TRUE(mentions(error, "no_such_database")) << error.message;
}

TEST(ConnectingToPostgres, with_a_wrong_password_does_not_repeat_it) {
  PgClusterOptions options;
  options.password = "right";
  const PgCluster cluster(options);
  const std::string url = "postgres://postgres:hunter2@127.0.0.1:" + std::to_string(cluster.port()) + "/postgres";
  const Error error = refused(url);
  EXPECT_EQ(error.kind, ErrorKind::kConnect);
  EXPECT_FALSE(mentions(error, "hunter2")) << error.message;
  EXPECT_TRUE(mentions(error, "postgres")) << error.message;
  EXPECT_EQ(query_value(*open_connection(cluster.url()), "SELECT 1"), Value(1));
}

TEST(ConnectingToPostgres, takes_every_form_of_url) {
  const PgCluster& cluster = shared_cluster();
  const std::string port = std::to_string(cluster.port());
  for (const std::string& url :
       {cluster.url(), cluster.socket_url(), "postgresql://postgres@127.0.0.1:" + port + "/postgres",
        "host=127.0.0.1 user=postgres dbname=postgres port=" + port}) {
    EXPECT_EQ(query_value(*open_connection(url), "SELECT 1"), Value(1)) << url;
  }
}

TEST(ConnectingToPostgres, never_shows_the_password) {
  PgClusterOptions options;
  options.password = "hunter2";
  const PgCluster cluster(options);
  const auto connection =
      open_connection("postgres://postgres:hunter2@127.0.0.1:" + std::to_string(cluster.port()) + "/postgres");
  EXPECT_EQ(connection->info().display.find("hunter2"), std::string::npos) << connection->info().display;
  EXPECT_EQ(query_value(*connection->clone(), "SELECT 1"), Value(1));
}

}  // namespace
}  // namespace tide::test
