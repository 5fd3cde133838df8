#pragma once

#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "tide/connection.h"

namespace tide {

struct ConnectOptions {
  std::string application_name = "tide";
  bool read_only = false;      // refused by the server itself
  int connect_timeout_s = 10;  // where the URL does not say
};

// A row of the driver table.
struct Driver {
  const char* name;  // "postgres", "sqlite"
  bool (*accepts)(std::string_view url);
  std::unique_ptr<Connection> (*open)(const std::string& url, const ConnectOptions& options);
};
const std::vector<Driver>& drivers();

// kConfig for a URL that no driver takes; says which forms there are, never the password.
void check_url(const std::string& url);

// Opens by URL. kConfig for a URL that no driver takes (it says which forms there are, never the password),
// kConnect when the server does not answer or refuses.
std::unique_ptr<Connection> open_connection(const std::string& url, const ConnectOptions& options = {});

// The URL as it may be shown: password and secret parameters replaced by ***. Never fails.
std::string display_url(std::string_view url);
// The secrets inside a URL (password, decoded and as written), for the redactor.
std::vector<std::string> url_secrets(std::string_view url);

}  // namespace tide
