#include "repl/audit.h"

#include <unistd.h>

#include <chrono>

#include "base/iso_time.h"
#include "base/json.h"
#include "base/text.h"
#include "cli/session.h"
#include "db/drivers.h"
#include "migrate/history.h"
#include "repl/state_files.h"

namespace tide {
namespace {

constexpr std::size_t kLongestDetail = 4000;

std::string cut(std::string text) {
  if (text.size() <= kLongestDetail) return text;
  std::size_t end = kLongestDetail;
  while (end > 0 && (static_cast<unsigned char>(text[end]) & 0xC0) == 0x80) --end;
  return cat(text.substr(0, end), " ... (", text.size(), " bytes)");
}

std::int64_t now_ms() {
  const auto now = std::chrono::system_clock::now().time_since_epoch();
  return std::chrono::duration_cast<std::chrono::milliseconds>(now).count();
}

std::string purpose(const Leave& leave) {
  if (leave.read_only) return "read-only";
  if (leave.sandbox) return "sandbox";
  return leave.reason.empty() ? "read-write" : cat("write: ", leave.reason);
}

}  // namespace

Audit::Audit(Session& session, const Leave& leave, std::string kind)
    : session_(session),
      leave_(leave),
      kind_(std::move(kind)),
      on_server_(session.environment().is_protected || !leave.reason.empty()) {
  run_ = cat(kind_, "-", now_ms(), "-", getpid());
  const std::string directory = state_directory(session);
  if (!directory.empty()) path_ = cat(directory, "/audit/", session.environment().name, ".jsonl");
}

Audit::~Audit() = default;

void Audit::opened() { write("opened", purpose(leave_), 0); }

void Audit::line(const std::string& text, const std::string& outcome, double ms) {
  ++lines_;
  write("line", cat(cut(session_.redacted(text)), " -> ", outcome), ms);
}

void Audit::closed() { write("closed", cat(lines_, lines_ == 1 ? " line" : " lines"), 0); }

void Audit::once(const std::string& text, const std::string& outcome, double ms) {
  write("", cat(purpose(leave_), ": ", cut(session_.redacted(text)), " -> ", outcome), ms);
}

void Audit::write(const std::string& event, const std::string& detail, double ms) {
  write_file(event, detail, ms);
  write_server(event.empty() ? kind_ : cat(kind_, " ", event), detail, ms);
}

void Audit::write_file(const std::string& event, const std::string& detail, double ms) {
  if (path_.empty()) return;
  Json::Object entry = {{"at", iso_utc(now_ms())},
                        {"session", run_},
                        {"event", event.empty() ? kind_ : event},
                        {"environment", session_.environment().name},
                        {"url", display_url(session_.environment().url)},
                        {"who", system_user()},
                        {"host", system_host()},
                        {"detail", detail},
                        {"ms", static_cast<std::int64_t>(ms)}};
  try {
    append_private(path_, dump_json(Json(std::move(entry))) + "\n");
  } catch (const Error& error) {
    session_.say(cat("warning: this session is not audited in a file: ", error.message));
    path_.clear();
  }
}

void Audit::write_server(const std::string& event, const std::string& detail, double ms) {
  if (!on_server_) return;
  try {
    connect();
    if (!on_server_) return;
    HistoryEvent entry;
    entry.event = event;
    entry.duration_ms = static_cast<std::int64_t>(ms);
    entry.detail = detail;
    history_->record_event(entry);
  } catch (const Error& error) {
    session_.say(cat("note: audited in the file only: ", error.message));
    on_server_ = false;
  }
}

void Audit::connect() {
  if (history_) return;
  connection_ = open_connection(session_.environment().url);
  history_ = std::make_unique<History>(*connection_, Actor{run_, system_user(), system_host()});
  if (history_->exists()) return;
  session_.say("note: audited in the file only: the database has no history of tide (tide up or baseline makes it)");
  on_server_ = false;
}

void audited(Session& session, const Leave& leave, const std::string& kind, const std::string& text,
             const std::function<void()>& work) {
  if (!session.environment().is_protected && leave.reason.empty()) return work();
  Audit audit(session, leave, kind);
  const std::int64_t began = now_ms();
  try {
    work();
  } catch (const Error& error) {
    audit.once(text, cat(kind_name(error.kind), ": ", error.message), static_cast<double>(now_ms() - began));
    throw;
  }
  audit.once(text, "done", static_cast<double>(now_ms() - began));
}

}  // namespace tide
