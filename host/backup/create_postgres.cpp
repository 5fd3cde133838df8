#include <chrono>
#include <future>

#include "backup/create.h"
#include "backup/pg_tools.h"
#include "backup/table_messages.h"
#include "backup/tables.h"
#include "backup/tree.h"
#include "base/text.h"
#include "tide/error.h"

namespace tide {
namespace {

constexpr auto kTick = std::chrono::milliseconds(250);

constexpr std::string_view kTableLine = "dumping contents of table \"";

const char* data_name(BackupFormat format) {
  if (format == BackupFormat::kDirectory) return "data";
  return format == BackupFormat::kPlain ? "data.sql" : "data.dump";
}

std::string table_pattern(const TableRows& table) {
  const auto quoted = [](const std::string& name) {
    std::string out = "\"";
    for (const char c : name) out += c == '"' ? "\"\"" : std::string(1, c);
    return out + "\"";
  };
  return cat(quoted(table.schema), ".", quoted(table.name));
}

class PostgresDump {
 public:
  PostgresDump(const BackupContext& context, const CreateOptions& options, const BackupSession& session,
               const std::string& folder, Manifest& manifest)
      : context_(context), options_(options), session_(session), manifest_(manifest) {
    manifest.data = data_name(manifest.format);
    path_ = cat(folder, "/", manifest.data);
    tool_ = find_pg_tool("pg_dump", major_of(session->info().version), context.pg_bin);
    manifest.tools.emplace_back("pg_dump", tool_.version);
  }

  void run() {
    TransactionOptions transaction;
    transaction.isolation = "repeatable read";
    transaction.read_only = true;
    session_->begin(transaction);
    const std::string snapshot = session_.text("SELECT pg_catalog.pg_export_snapshot()");
    TableList list = list_tables(session_, options_.tables);
    manifest_.tables = std::move(list.tables);
    manifest_.excluded = std::move(list.excluded);
    dump_and_count(arguments(snapshot, list.selected));
    session_->rollback();
  }

 private:
  std::vector<std::string> arguments(const std::string& snapshot, const std::vector<TableRows>& selected) const {
    std::vector<std::string> out = {cat("--snapshot=", snapshot),
                                    cat("--format=", format_name(manifest_.format)),
                                    cat("--file=", path_),
                                    "--verbose",
                                    "--no-password",
                                    "--no-sync"};  // the whole backup is synced before it gets its name
    if (options_.jobs > 1) out.push_back(cat("--jobs=", options_.jobs));
    if (options_.schema_only) out.emplace_back("--schema-only");
    if (options_.data_only) out.emplace_back("--data-only");
    for (const TableRows& table : selected) out.push_back(cat("--table=", table_pattern(table)));
    return out;
  }

  // Both at once, each on a thread of its own; this one tells how far they are.
  void dump_and_count(std::vector<std::string> arguments) {
    const PostgresTarget target = postgres_target(context_.url, session_->info(), session_->info().database);
    arguments.push_back(cat("--dbname=", target.conninfo));
    TableMessages position(kTableLine, manifest_.tables.size());
    auto counting = std::async(std::launch::async, [&] {
      if (!options_.schema_only) count_tables(session_, manifest_.tables);
    });
    auto dumping = std::async(std::launch::async, [&] {
      run_pg_tool(tool_, arguments, target.env, [&](OutputStream stream, std::string_view piece) {
        if (stream == OutputStream::kErr) position.read(piece);
      });
    });
    while (dumping.wait_for(kTick) != std::future_status::ready) tell(position);
    try {
      dumping.get();
    } catch (...) {
      session_->interrupt();
      counting.wait();
      throw;
    }
    counting.get();
    tell(position);
  }

  void tell(const TableMessages& position) const {
    context_.progress(cat("backup ", manifest_.label, position.text()), tree_size(path_), 0);
  }

  const BackupContext& context_;
  const CreateOptions& options_;
  const BackupSession& session_;
  Manifest& manifest_;
  std::string path_;
  PgTool tool_;
};

}  // namespace

void dump_postgres(const BackupContext& context, const CreateOptions& options, const BackupSession& session,
                   const std::string& folder, Manifest& manifest) {
  PostgresDump(context, options, session, folder, manifest).run();
}

}  // namespace tide
