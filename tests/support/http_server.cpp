#include "support/http_server.h"

#include <memory>
#include <set>
#include <variant>

#include "base/json.h"
#include "base/text.h"

namespace tide::test {

HttpServer::HttpServer() : server_("http_server", directory_.path()) {
  const Json ports = parse_json(directory_.read("ports.json"));
  for (const auto& [name, value] : std::get<Json::Object>(ports.data)) {
    if (const auto* port = std::get_if<std::int64_t>(&value.data)) ports_[name] = static_cast<int>(*port);
  }
}

int HttpServer::port(const std::string& listener) const { return ports_.at(listener); }

std::string HttpServer::url(const std::string& path, const std::string& listener) const {
  static const std::set<std::string> kTls = {"https", "expired", "elsewhere", "self_signed", "client_auth", "h2"};
  return cat(kTls.count(listener) > 0 ? "https" : "http", "://127.0.0.1:", port(listener), path);
}

std::string HttpServer::file(const std::string& name) const { return directory_ / name; }

std::string HttpServer::lua() const {
  std::string text = "return {\n";
  for (const auto& [name, port] : ports_) text += cat("  ", name, " = \"", url("", name), "\",\n");
  return cat(text, "  directory = \"", directory_.path(), "\",\n}\n");
}

HttpServer& shared_http_server() {
  static const auto server = std::make_unique<HttpServer>();
  return *server;
}

}  // namespace tide::test
