#include "db/postgres_target.h"

#include <libpq-fe.h>

#include <map>
#include <memory>

#include "base/text.h"
#include "tide/error.h"

namespace tide {
namespace {

using Parameters = std::map<std::string, std::string>;

Parameters parameters_of(const std::string& url) {
  char* message = nullptr;
  const std::unique_ptr<PQconninfoOption, void (*)(PQconninfoOption*)> options(PQconninfoParse(url.c_str(), &message),
                                                                               PQconninfoFree);
  PQfreemem(message);
  if (!options) throw Error(ErrorKind::kConfig, "the URL cannot be read");
  Parameters parameters;
  for (const PQconninfoOption* option = options.get(); option->keyword != nullptr; ++option) {
    if (option->val != nullptr) parameters[option->keyword] = option->val;
  }
  return parameters;
}

std::string quoted(const std::string& value) {
  std::string out = "'";
  for (const char c : value) {
    if (c == '\'' || c == '\\') out += '\\';
    out += c;
  }
  return out + "'";
}

bool is_list(const std::string& value) { return value.find(',') != std::string::npos; }

// Those of the URL, aimed at the server that took the session.
Parameters aimed(const std::string& url, const ConnectionInfo& session, const std::string& database) {
  Parameters parameters = parameters_of(url);
  parameters.erase("target_session_attrs");
  parameters.erase("load_balance_hosts");
  if (is_list(parameters["hostaddr"]) || is_list(parameters["host"])) parameters.erase("hostaddr");
  parameters["host"] = session.host;
  parameters["port"] = session.port;
  parameters["user"] = session.user;
  parameters["dbname"] = database;
  return parameters;
}

std::string keyword_text(const Parameters& parameters) {
  std::string text;
  for (const auto& [keyword, value] : parameters) {
    if (!value.empty()) text += cat(text.empty() ? "" : " ", keyword, "=", quoted(value));
  }
  return text;
}

}  // namespace

PostgresTarget postgres_target(const std::string& url, const ConnectionInfo& session, const std::string& database) {
  Parameters parameters = aimed(url, session, database);
  if (parameters.count("sslpassword") > 0) {
    throw Error(ErrorKind::kUsage,
                "sslpassword in the URL would have to stand on pg_dump's command line, where others can read it")
        .advise("keep it in a service file: service=NAME, and PGSERVICEFILE");
  }
  PostgresTarget target;
  if (const auto password = parameters.find("password"); password != parameters.end()) {
    target.env.emplace_back("PGPASSWORD", password->second);
    parameters.erase(password);
  }
  target.conninfo = keyword_text(parameters);
  return target;
}

std::string postgres_url(const std::string& url, const ConnectionInfo& session, const std::string& database) {
  return keyword_text(aimed(url, session, database));
}

}  // namespace tide
