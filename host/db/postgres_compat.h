#pragma once

#include <libpq-fe.h>

#include <memory>
#include <pqxx/pqxx>
#include <string>
#include <utility>
#include <vector>

// The one place that knows how libpqxx 6.4, 7.8 and 7.10 differ.
namespace tide {

#if PQXX_VERSION_MAJOR < 7

// A libpqxx connection over a PGconn that is already connected; it owns it from here on.
class PqxxConnection : public pqxx::connection_base {
 public:
  explicit PqxxConnection(PGconn* raw) : pqxx::connection_base(policy_), policy_(raw) {
    init();
#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Wdeprecated-declarations"
    inhibit_reactivation(true);  // 6.4 would go on with a new session when the old one is lost
#pragma GCC diagnostic pop
  }
  ~PqxxConnection() noexcept { close(); }

 private:
  class Policy : public pqxx::connectionpolicy {
   public:
    explicit Policy(PGconn* raw) : pqxx::connectionpolicy(std::string()), raw_(raw) {}
    handle do_startconnect(handle current) override {
      return current != nullptr ? current : std::exchange(raw_, nullptr);
    }

   private:
    PGconn* raw_;
  };
  Policy policy_;
};

inline std::unique_ptr<PqxxConnection> adopt_connection(PGconn* raw) { return std::make_unique<PqxxConnection>(raw); }

#else

using PqxxConnection = pqxx::connection;

inline std::unique_ptr<PqxxConnection> adopt_connection(PGconn* raw) {
  return std::make_unique<PqxxConnection>(pqxx::connection::seize_raw_connection(raw));
}

#endif

// Values as text; a null pointer is NULL.
using TextParameters = std::vector<const char*>;

inline pqxx::result exec_with(pqxx::transaction_base& transaction, const std::string& sql,
                              const TextParameters& values) {
#if PQXX_VERSION_MAJOR < 7
  return transaction.exec_params(sql, pqxx::prepare::make_dynamic_params(values));
#else
  pqxx::params parameters;
  parameters.reserve(values.size());
  for (const char* value : values) {
    if (value == nullptr) {
      parameters.append();
    } else {
      parameters.append(pqxx::zview(value));
    }
  }
#if PQXX_VERSION_MAJOR > 7 || PQXX_VERSION_MINOR >= 10
  return transaction.exec(sql, parameters);
#else
  return transaction.exec_params(sql, parameters);
#endif
#endif
}

}  // namespace tide
