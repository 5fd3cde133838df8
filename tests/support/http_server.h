#pragma once

#include <map>
#include <string>

#include "support/python_server.h"
#include "support/temp_dir.h"

namespace tide::test {

// The server of http_server.py (its routes and what they do stand there), with nghttpd beside it for HTTP/2; it needs
// openssl, too.
class HttpServer {
 public:
  HttpServer();

  // `listener` is a row of main() in http_server.py: "http", "https", "expired", "closed" ...
  int port(const std::string& listener) const;
  std::string url(const std::string& path, const std::string& listener = "http") const;
  std::string file(const std::string& name) const;  // "ca.pem", "client.key" ...
  std::string lua() const;                          // a module: { http = "http://127.0.0.1:1234", ..., ca = "/path" }

 private:
  TempDir directory_;
  PythonServer server_;
  std::map<std::string, int> ports_;
};

// The one that the tests of a process share; started at the first call.
HttpServer& shared_http_server();

}  // namespace tide::test
