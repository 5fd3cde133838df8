#pragma once

#include <memory>
#include <string>
#include <string_view>

#include "db/drivers.h"
#include "tide/connection.h"

namespace tide {

// postgres://..., postgresql://..., and libpq's keyword strings ("host=db dbname=shop").
bool accepts_postgres(std::string_view url);

// libpq's own rules hold: PG* variables, .pgpass, services, several hosts. kConfig for a URL that libpq cannot read,
// kConnect when no server lets us in; neither shows the password.
std::unique_ptr<Connection> open_postgres(const std::string& url, const ConnectOptions& options);

}  // namespace tide
