#include "migrate/engine_session.h"

#include <ctime>
#include <future>
#include <optional>
#include <random>
#include <utility>

#include "base/text.h"
#include "db/drivers.h"
#include "db/mask.h"
#include "migrate/fingerprint.h"
#include "migrate/source.h"
#include "migrate/validate.h"
#include "sys/interrupt.h"

namespace tide {
namespace {

// "20261120T064842-3f9a1c": sorts by time, unlikely to be given twice.
std::string new_run_id() {
  const std::time_t now = std::time(nullptr);
  std::tm utc{};
  gmtime_r(&now, &utc);
  char text[32];
  const auto size = std::strftime(text, sizeof text, "%Y%m%dT%H%M%S-", &utc);
  static constexpr char kHex[] = "0123456789abcdef";
  std::random_device random;
  std::string id(text, size);
  for (int i = 0; i < 6; ++i) id += kHex[random() % 16];
  return id;
}

Dialect dialect_of(const Connection& connection) {
  return connection.info().engine == "sqlite" ? Dialect::kSqlite : Dialect::kPostgres;
}

std::shared_ptr<Connection> interruptible(std::unique_ptr<Connection> connection) {
  struct Held {
    explicit Held(std::unique_ptr<Connection> given) : connection(std::move(given)) {}
    static void cancel(void* self) noexcept { static_cast<Connection*>(self)->interrupt(); }
    std::unique_ptr<Connection> connection;
    InterruptTarget target{cancel, connection.get()};
  };
  const auto held = std::make_shared<Held>(std::move(connection));
  return {held, held->connection.get()};
}

std::shared_ptr<Connection> connect(const std::string& url, const Access& access, const EventStream& events) {
  ConnectOptions options;
  options.read_only = access.read_only;
  auto connection = interruptible(open_connection(url, options));
  connection->set_events(&events);
  if (!access.masked.empty()) connection->set_mask(std::make_shared<Mask>(access.masked));
  return connection;
}

// Not behind a pooler, which would hand the settings to the next client of that session.
void set_timeouts(Connection& connection, const EngineOptions& options) {
  const bool wanted = !options.lock_timeout.empty() || !options.statement_timeout.empty();
  if (!wanted || connection.info().engine != "postgres" || connection.pooled()) return;
  for (const auto& [name, value] :
       {std::pair("lock_timeout", options.lock_timeout), std::pair("statement_timeout", options.statement_timeout)}) {
    if (value.empty()) continue;
    Statement statement(cat("SET ", name, " = ", connection.literal(Value(value))));
    statement.internal = true;
    connection.execute(statement);
  }
}

}  // namespace

EngineSession::EngineSession(EngineOptions options) : options_(std::move(options)), run_(new_run_id()) {
  if (options_.events == nullptr) return;
  events_.add([this](const Event& event) { options_.events->emit(event); });
}

const std::shared_ptr<Connection>& EngineSession::connection() {
  if (!connection_) connection_ = connect(options_.url, options_.access, events_);
  return connection_;
}

History& EngineSession::history() {
  if (!history_) history_ = std::make_unique<History>(*connection(), Actor{run_, options_.who, options_.host});
  return *history_;
}

void EngineSession::disconnect() {
  history_.reset();
  connection_.reset();
}

LuaState& EngineSession::lua() {
  if (lua_) return *lua_;
  LuaOptions lua_options;
  lua_options.stdlib_dir = options_.stdlib_dir;
  lua_options.project_dir = options_.project_dir;
  lua_options.library_dir = cat(options_.project_dir, "/lib");
  lua_options.memory_limit = options_.memory_limit;
  lua_options.events = &events_;
  lua_options.connect = [this](const std::string& where) { return connect_for_script(where); };
  lua_options.inputs = options_.inputs;
  lua_options.another = [this](Connection& session) {
    auto other = interruptible(session.clone());
    other->set_events(&events_);
    return other;
  };
  lua_options.work = options_.work;
  lua_options.backups = options_.backups;
  lua_options.add_secret = options_.add_secret;
  lua_options.journal = options_.journal;
  lua_options.migrate = options_.migrate;
  lua_ = std::make_unique<LuaState>(std::move(lua_options));
  if (options_.access.read_only) lua_->effects().refuse_all_but(options_.access.effects);
  return *lua_;
}

std::shared_ptr<Connection> EngineSession::script_connection() {
  if (connection_ && connection_->transaction_state() == TransactionState::kLost) disconnect();
  const bool fresh = !connection_;
  connection();
  if (const auto error = fresh ? mistaken() : std::nullopt) throw *error;
  if (fresh && dry_run_) begin_dry_run(*connection_);
  if (fresh && !dry_run_) set_timeouts(*connection_, options_);
  return connection_;
}

std::shared_ptr<Connection> EngineSession::connect_for_script(const std::string& where) {
  auto other = connect(options_.url_of ? options_.url_of(where) : where, options_.access, events_);
  if (dry_run_) begin_dry_run(*other);
  return other;
}

void EngineSession::set_dry_run(bool on) {
  dry_run_ = on;
  lua().effects().set_policy(on ? Effects::Policy::kRecord : Effects::Policy::kDo);
}

// Closing the connection rolls back, as everything does but a COMMIT, which is refused here.
void EngineSession::begin_dry_run(Connection& connection) const {
  TransactionOptions transaction;
  transaction.managed = true;
  transaction.lock_timeout = options_.lock_timeout;
  transaction.statement_timeout = options_.statement_timeout;
  connection.begin(transaction);
  connection.set_recording(true);
}

// The folder is read while the server is being asked.
Situation EngineSession::look() {
  auto scanning =
      std::async(std::launch::async, [this] { return scan_source(options_.migrations_dir, options_.project_dir); });
  Situation now;
  try {
    History& log = history();
    if (log.exists()) {
      now.history = log.load();
      now.environment = log.environment();
    }
  } catch (const Error&) {
    scanning.get();  // a folder that cannot be read is the user's nearer problem
    throw;
  }
  now.source = scanning.get();
  now.problems = validate(now.source, now.history, [this](const Migration& migration) {
    return fingerprint(migration.kind, read_source(migration, options_.project_dir), dialect_of(*connection()));
  });
  return now;
}

Situation EngineSession::look_to_work() {
  Situation now = look();
  if (const auto error = mistaken()) throw *error;
  return now;
}

std::optional<Error> EngineSession::mistaken() {
  return find_mistaken(options_.identity, history().environment(), connection()->info().display);
}

Work EngineSession::load(const PlanStep& step) {
  std::optional<StoredSource> stored;
  if (!step.source) stored = history().load_source(step.version);
  return load_work(lua(), step, stored, options_.project_dir, dialect_of(*connection()));
}

std::vector<Work> EngineSession::load(const Plan& plan) {
  std::vector<Work> works;
  works.reserve(plan.steps.size());
  for (const auto& step : plan.steps) works.push_back(load(step));
  return works;
}

HistoryRecord EngineSession::record_of(const Migration& migration) {
  MigrationText text = read_source(migration, options_.project_dir);
  std::string print = fingerprint(migration.kind, text, dialect_of(*connection()));
  return {migration, std::move(print), std::move(text), 0};
}

void EngineSession::under_lock(const std::function<void(MigratorLock& lock)>& use) {
  MigratorLock lock(*connection(), {options_.migrator_lock_timeout_ms, run_, options_.who, options_.host, &events_});
  ensure_history();
  use(lock);
}

// A server may have ended the session that was idle while the lock was waited for; nothing has been done on it.
void EngineSession::ensure_history() {
  try {
    history().ensure();
  } catch (const Error&) {
    if (connection()->transaction_state() != TransactionState::kLost) throw;
    disconnect();
    history().ensure();
  }
}

void EngineSession::claim() {
  const Identity& identity = options_.identity;
  if (identity.named && history().environment().empty()) history().claim(identity.environment);
  if (const auto error = mistaken()) throw *error;
}

}  // namespace tide
