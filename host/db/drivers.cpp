#include "db/drivers.h"

#include "base/text.h"
#include "db/postgres.h"
#include "db/sqlite.h"
#include "tide/error.h"

namespace tide {

const std::vector<Driver>& drivers() {
  static const std::vector<Driver> kDrivers = {
      {"sqlite", accepts_sqlite, open_sqlite},
      {"postgres", accepts_postgres, open_postgres},
  };
  return kDrivers;
}

namespace {

const Driver& driver_for(const std::string& url) {
  for (const Driver& driver : drivers()) {
    if (driver.accepts(url)) return driver;
  }
  throw Error(
      ErrorKind::kConfig,
      cat("no database is known by the URL \"", display_url(url),
          "\"; a URL is postgres://user@host/database, postgresql://..., \"host=... dbname=...\", sqlite:file or "
          "sqlite::memory:"));
}

}  // namespace

void check_url(const std::string& url) { driver_for(url); }

std::unique_ptr<Connection> open_connection(const std::string& url, const ConnectOptions& options) {
  return driver_for(url).open(url, options);
}

}  // namespace tide
