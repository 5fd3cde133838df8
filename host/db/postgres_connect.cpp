#include "db/postgres_connect.h"

#include <cstdlib>
#include <cstring>
#include <vector>

#include "base/text.h"
#include "db/postgres_watch.h"
#include "db/url.h"
#include "tide/error.h"

namespace tide {
namespace {

struct FreeOptions {
  void operator()(PQconninfoOption* options) const { PQconninfoFree(options); }
};
using OptionList = std::unique_ptr<PQconninfoOption, FreeOptions>;

// Connection parameters as libpq takes them; the last one of a keyword counts.
class Parameters {
 public:
  void set(std::string keyword, std::string value) {
    for (auto& [known, text] : list_) {
      if (known == keyword) return text.swap(value);
    }
    list_.emplace_back(std::move(keyword), std::move(value));
  }

  void remove(std::string_view keyword) {
    for (auto at = list_.begin(); at != list_.end(); ++at) {
      if (at->first == keyword) return void(list_.erase(at));
    }
  }

  bool has(std::string_view keyword) const { return !get(keyword).empty(); }

  std::string get(std::string_view keyword) const {
    for (const auto& [known, text] : list_) {
      if (known == keyword) return text;
    }
    return {};
  }

  std::vector<const char*> keywords() const {
    std::vector<const char*> out;
    for (const auto& entry : list_) out.push_back(entry.first.c_str());
    out.push_back(nullptr);
    return out;
  }

  std::vector<const char*> values() const {
    std::vector<const char*> out;
    for (const auto& entry : list_) out.push_back(entry.second.c_str());
    out.push_back(nullptr);
    return out;
  }

  RawConnection connect() const { return RawConnection(PQconnectdbParams(keywords().data(), values().data(), 0)); }

 private:
  std::vector<std::pair<std::string, std::string>> list_;
};

std::string without_secrets(std::string text, const std::string& url) {
  std::vector<std::string> secrets = url_secrets(url);
  if (const char* password = std::getenv("PGPASSWORD")) secrets.emplace_back(password);
  for (const std::string& secret : secrets) {
    if (secret.size() < 3) continue;  // would be found everywhere
    for (std::size_t at = 0; (at = text.find(secret, at)) != text.npos; at += 3) text.replace(at, secret.size(), "***");
  }
  return text;
}

void refuse_misread_password(const std::string& url) {
  for (const SecretSpan& span : find_url_secrets(url)) {
    if (!span.misread) continue;
    throw Error(ErrorKind::kConfig,
                cat("the password in ", display_url(url),
                    " has a character that must be encoded: @ is %40, / is %2F, ? is %3F, # is %23"));
  }
}

// libpq notices only while it connects.
void check_ports(const Parameters& parameters, const std::string& url) {
  for (const std::string& port : split(parameters.get("port"), ',')) {
    const bool digits = port.size() <= 5 && port.find_first_not_of("0123456789") == port.npos;
    const int number = digits && !port.empty() ? std::atoi(port.c_str()) : 0;
    if (port.empty() || (number >= 1 && number <= 65535)) continue;
    throw Error(ErrorKind::kConfig,
                cat("the port \"", port, "\" in ", display_url(url), " is not a number from 1 to 65535"));
  }
}

Parameters read_url(const std::string& url) {
  refuse_misread_password(url);
  char* message = nullptr;
  const OptionList parsed(PQconninfoParse(url.c_str(), &message));
  if (parsed == nullptr) {
    const std::string reason = without_secrets(one_line(message != nullptr ? message : "out of memory"), url);
    PQfreemem(message);
    throw Error(ErrorKind::kConfig, cat("the URL ", display_url(url), " cannot be read: ", reason));
  }
  Parameters parameters;
  for (const PQconninfoOption* option = parsed.get(); option->keyword != nullptr; ++option) {
    if (option->val != nullptr) parameters.set(option->keyword, option->val);
  }
  check_ports(parameters, url);
  return parameters;
}

// A network that dies without a word is noticed within a minute, not after the kernel's two hours.
constexpr std::pair<const char*, const char*> kLiveness[] = {
    {"keepalives_idle", "30"}, {"keepalives_interval", "10"}, {"keepalives_count", "3"}, {"tcp_user_timeout", "60000"}};

void add_defaults(Parameters& parameters, const ConnectOptions& options) {
  parameters.set("client_encoding", "UTF8");
  if (!parameters.has("fallback_application_name")) {
    parameters.set("fallback_application_name", options.application_name);
  }
  // a service may bring its own timeouts, which explicit ones would override
  const bool service = parameters.has("service") || std::getenv("PGSERVICE") != nullptr;
  if (!parameters.has("connect_timeout") && std::getenv("PGCONNECT_TIMEOUT") == nullptr && !service) {
    parameters.set("connect_timeout", std::to_string(options.connect_timeout_s));
  }
  for (const auto& [name, value] : kLiveness) {
    if (!parameters.has(name) && !service) parameters.set(name, value);
  }
}

std::string server_answers_advice(PGconn* failed) {
  if (PQconnectionNeedsPassword(failed)) {
    return "no password was given: put one in the URL, in PGPASSWORD or in ~/.pgpass";
  }
  return "the server answers: check the user, the password, that the database exists, and that connections are left";
}

// Asks without credentials whether anything listens there at all.
std::string advice(PGconn* failed, Parameters parameters) {
  parameters.remove("password");
  parameters.set("connect_timeout", "2");
  switch (PQpingParams(parameters.keywords().data(), parameters.values().data(), 0)) {
    case PQPING_OK:
      return server_answers_advice(failed);
    case PQPING_REJECT:
      return "the server is starting up, shutting down or recovering: try again in a moment";
    case PQPING_NO_RESPONSE:
      return "nothing answers there: check that the server is running, the host name, the port, and any firewall";
    default:
      return "check the parameters of the URL and the PG* variables";
  }
}

[[noreturn]] void refuse(PGconn* failed, const std::string& url, const Parameters& parameters) {
  const std::string reason = without_secrets(one_line(PQerrorMessage(failed)), url);
  Error error(ErrorKind::kConnect, cat("cannot connect to ", display_url(url), ": ", reason));
  error.hint = advice(failed, parameters);
  throw error;
}

[[noreturn]] void refuse_dropped_options(const std::string& url, const std::string& missing) {
  Error error(ErrorKind::kConnect,
              cat("cannot connect to ", display_url(url), ": the start-up options", missing, " are not in force"));
  error.hint = "a connection pooler drops them: connect to the server itself";
  throw error;
}

constexpr const char* kReadOnlyOption = " -c default_transaction_read_only=on";

// What the session lacks and start-up options can give it. Not sent when nothing is missing, because poolers refuse
// start-up options that they do not know.
std::string missing_settings(PGconn* connection, const ConnectOptions& options) {
  std::string missing;
  const char* dates = PQparameterStatus(connection, "DateStyle");
  if (dates == nullptr || !starts_with(dates, "ISO")) missing += " -c DateStyle=ISO";
  if (PQserverVersion(connection) < 120000) missing += " -c extra_float_digits=3";
  if (options.read_only) missing += kReadOnlyOption;
  return missing;
}

// A pooler may drop the options that it was given.
bool has_settings(PGconn* connection, const ConnectOptions& options) {
  const char* dates = PQparameterStatus(connection, "DateStyle");
  if (dates == nullptr || !starts_with(dates, "ISO")) return false;
  if (!options.read_only) return true;
  const RawResult shown(PQexec(connection, "SHOW default_transaction_read_only"));
  return PQresultStatus(shown.get()) == PGRES_TUPLES_OK && std::strcmp(PQgetvalue(shown.get(), 0, 0), "on") == 0;
}

// False when the server cannot be asked.
bool behind_pooler(PGconn* connection) {
  const RawResult asked(PQexec(connection, kOwnProcess));
  if (PQresultStatus(asked.get()) != PGRES_TUPLES_OK) return false;
  return std::atoi(PQgetvalue(asked.get(), 0, 0)) != PQbackendPID(connection);
}

bool set_iso_dates(PGconn* connection) {
  const RawResult set(PQexec(connection, "SET DateStyle = ISO"));
  return PQresultStatus(set.get()) == PGRES_COMMAND_OK;
}

// What a server that is asked directly takes without a second connection. The driver begins every transaction of a
// read-only session as READ ONLY all the same.
bool set_read_only(PGconn* connection) {
  if (behind_pooler(connection)) return false;
  const RawResult set(PQexec(connection, "SET default_transaction_read_only = on"));
  return PQresultStatus(set.get()) == PGRES_COMMAND_OK;
}

// The options in force, wherever they came from: the URL, PGOPTIONS or a service.
std::string options_in_force(PGconn* connection) {
  const OptionList all(PQconninfo(connection));
  for (const PQconninfoOption* option = all.get(); option != nullptr && option->keyword != nullptr; ++option) {
    if (option->val != nullptr && std::strcmp(option->keyword, "options") == 0) return option->val;
  }
  return {};
}

}  // namespace

RawConnection connect_postgres(const std::string& url, const ConnectOptions& options) {
  Parameters parameters = read_url(url);
  add_defaults(parameters, options);
  RawConnection connection = parameters.connect();
  if (PQstatus(connection.get()) != CONNECTION_OK) refuse(connection.get(), url, parameters);
  const std::string missing = missing_settings(connection.get(), options);
  if (missing.empty()) return connection;
  if (missing == kReadOnlyOption && set_read_only(connection.get())) return connection;
  parameters.set("options", options_in_force(connection.get()) + missing);
  RawConnection complete = parameters.connect();
  const bool connected = PQstatus(complete.get()) == CONNECTION_OK;
  if (connected && has_settings(complete.get(), options)) return complete;
  const bool dates_do = !options.read_only && PQserverVersion(connection.get()) >= 120000;
  if (dates_do && behind_pooler(connection.get()) && set_iso_dates(connection.get())) return connection;
  if (!connected) refuse(complete.get(), url, parameters);
  refuse_dropped_options(url, missing);
}

}  // namespace tide
