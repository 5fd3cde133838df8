#include "db/script.h"

#include <algorithm>
#include <filesystem>
#include <map>

#include "base/text.h"
#include "db/sql_scan.h"

namespace tide {

namespace {

enum class Meaning { kRefused, kIgnored, kInclude, kIncludeRelative, kSet, kUnset, kEncoding };

struct CommandRow {
  std::string_view word;
  Meaning meaning;
};

constexpr CommandRow kCommands[] = {
    {"i", Meaning::kInclude},
    {"include", Meaning::kInclude},
    {"ir", Meaning::kIncludeRelative},
    {"include_relative", Meaning::kIncludeRelative},
    {"set", Meaning::kSet},
    {"unset", Meaning::kUnset},
    {"encoding", Meaning::kEncoding},
    {"echo", Meaning::kIgnored},
    {"qecho", Meaning::kIgnored},
    {"warn", Meaning::kIgnored},
    {"pset", Meaning::kIgnored},
    {"timing", Meaning::kIgnored},
    {"x", Meaning::kIgnored},
    {"a", Meaning::kIgnored},
    {"t", Meaning::kIgnored},
    {"restrict", Meaning::kIgnored},  // pg_dump writes these two around a dump
    {"unrestrict", Meaning::kIgnored},
};

Meaning meaning_of(std::string_view word) {
  const auto* row =
      std::find_if(std::begin(kCommands), std::end(kCommands), [&](const auto& r) { return r.word == word; });
  return row == std::end(kCommands) ? Meaning::kRefused : row->meaning;
}

// Settings of psql that would change what runs, or when it is committed.
bool changes_execution(const std::string& variable, const std::string& value) {
  const std::string wanted = lower(value);
  const bool on = wanted.empty() || wanted == "on" || wanted == "1" || wanted == "true" || wanted == "yes";
  if (variable == "AUTOCOMMIT") return !on;
  return (variable == "ON_ERROR_ROLLBACK" || variable == "SINGLELINE" || variable == "SINGLESTEP") && on;
}

std::string normal(const std::string& path) { return std::filesystem::path(path).lexically_normal().string(); }

std::string beside(const std::string& file, const std::string& path) {
  return normal((std::filesystem::path(file).parent_path() / path).string());
}

// One run of a script and of what it includes. First everything is read and checked, then everything is sent.
class ScriptRun {
 public:
  ScriptRun(Connection& connection, const ScriptOptions& options)
      : connection_(connection),
        options_(options),
        dialect_(connection.info().engine == "sqlite" ? Dialect::kSqlite : Dialect::kPostgres) {}

  ScriptResult run(const std::string& text) {
    ScriptReader reader(text, options_.file, dialect_);
    for (const bool sending : {false, true}) {
      sending_ = sending;
      reader.variables().clear();
      walk(reader);
    }
    return result_;
  }

 private:
  void walk(ScriptReader& reader) {
    reader.rewind();
    active_.push_back(normal(reader.file()));
    for (ScriptPiece piece; reader.next(piece);) {
      if (piece.kind == ScriptPiece::Kind::kCommand) {
        command(reader, piece);
      } else if (sending_) {
        send(reader, piece);
      } else {
        check_statement(reader, piece);
      }
    }
    active_.pop_back();
  }

  [[noreturn]] void refuse(const ScriptReader& reader, const ScriptPiece& piece, const std::string& reason,
                           ErrorKind kind = ErrorKind::kUsage) const {
    const bool named = !reader.file().empty();
    Error error(kind, named ? reason : cat("line ", piece.line, ", column ", piece.column, " of the text: ", reason));
    if (named) error.at(reader.file(), piece.line).file_column = piece.column;
    throw error;
  }

  void check_statement(const ScriptReader& reader, const ScriptPiece& piece) const {
    if (piece.text.find('\0') != std::string::npos) {
      refuse(reader, piece, "the statement holds a NUL byte, which SQL text cannot (is the file UTF-16?)");
    }
    if (piece.segments.size() > 1 && split_sql(piece.text, dialect_).size() > 1) {
      refuse(reader, piece, "\\; (several statements in one message) is not understood; end each statement with ;");
    }
    const bool copy = dialect_ == Dialect::kSqlite && lower(piece.text.substr(0, 4)) == "copy";
    if (copy && classify_sql(piece.text, Dialect::kPostgres).copy_from_stdin) {
      refuse(reader, piece, "COPY ... FROM stdin is PostgreSQL's; for SQLite write INSERT, or db:copy_in in Lua");
    }
  }

  void command(ScriptReader& reader, const ScriptPiece& piece) {
    const Meaning meaning = meaning_of(piece.text);
    if (meaning == Meaning::kRefused) {
      refuse(reader, piece,
             cat("\\", piece.text, " is not understood in a script; understood are \\i, \\ir, \\set, \\unset, \\echo, ",
                 "COPY ... FROM stdin with its data, and display settings, which are passed over"));
    }
    if (meaning == Meaning::kIgnored) return;
    if (!piece.problem.empty()) refuse(reader, piece, cat("\\", piece.text, ": ", piece.problem));
    switch (meaning) {
      case Meaning::kSet:
        return set(reader, piece);
      case Meaning::kEncoding:
        return encoding(reader, piece);
      case Meaning::kUnset:
        for (const std::string& name : piece.arguments) reader.variables().erase(name);
        return;
      default:
        return include(reader, piece, meaning == Meaning::kIncludeRelative);
    }
  }

  void set(ScriptReader& reader, const ScriptPiece& piece) const {
    if (piece.arguments.empty()) return;
    const std::string& name = piece.arguments.front();
    const std::string value = join({piece.arguments.begin() + 1, piece.arguments.end()}, "");
    if (changes_execution(name, value)) {
      refuse(reader, piece,
             cat("\\set ", name, " ", value, " would change how the statements run and is not understood"));
    }
    reader.set_variable(name, value);
  }

  void encoding(const ScriptReader& reader, const ScriptPiece& piece) const {
    if (piece.arguments.empty()) return;
    const std::string name = lower(piece.arguments.front());
    if (name == "utf8" || name == "utf-8" || name == "unicode") return;
    refuse(reader, piece, cat("\\encoding ", piece.arguments.front(), " is not understood; scripts are UTF8"));
  }

  void include(ScriptReader& reader, const ScriptPiece& piece, bool relative) {
    if (piece.within_statement)
      refuse(reader, piece, cat("\\", piece.text, " stands inside a statement that has no ; yet"));
    if (piece.arguments.empty()) refuse(reader, piece, cat("\\", piece.text, " needs the name of a file"));
    ScriptReader& included = open(reader, piece, relative);
    if (std::find(active_.begin(), active_.end(), included.file()) != active_.end()) {
      refuse(reader, piece, cat("\\", piece.text, " ", included.file(), " includes itself: ", join(active_, " -> ")));
    }
    included.variables() = reader.variables();
    walk(included);
    reader.variables() = included.variables();
  }

  // \i names a file from the working directory, as in psql, or else beside the script; \ir only beside the script.
  ScriptReader& open(const ScriptReader& reader, const ScriptPiece& piece, bool relative) {
    std::string path = piece.arguments.front();
    while (ends_with(path, ";")) path.pop_back();
    if (path.size() > 1 && starts_with(path, "\"") && ends_with(path, "\"")) path = path.substr(1, path.size() - 2);
    std::vector<std::string> candidates;
    if (!relative) candidates.push_back(normal(path));
    const std::string neighbour = beside(reader.file(), path);
    if (candidates.empty() || candidates.front() != neighbour) candidates.push_back(neighbour);
    std::string reasons;
    for (const std::string& candidate : candidates) {
      if (ScriptReader* found = read(candidate, reasons)) return *found;
    }
    refuse(reader, piece, cat("\\", piece.text, " ", path, ": ", reasons), ErrorKind::kIo);
  }

  ScriptReader* read(const std::string& path, std::string& reasons) {
    auto known = included_.find(path);
    if (known != included_.end()) return &known->second;
    try {
      if (!options_.read) throw Error(ErrorKind::kIo, "files cannot be included here");
      known = included_.emplace(path, ScriptReader(options_.read(path), path, dialect_)).first;
      return &known->second;
    } catch (const Error& error) {
      reasons += reasons.empty() ? error.message : cat("; ", error.message);
      return nullptr;
    }
  }

  void send(const ScriptReader& reader, ScriptPiece& piece) {
    Statement statement(std::move(piece.text));
    statement.file = reader.file();
    statement.line = piece.line;
    try {
      const bool copy = piece.kind == ScriptPiece::Kind::kCopyData;
      result_.rows += copy ? connection_.copy_data(statement, piece.copy_data) : connection_.execute(statement);
      ++result_.statements;
    } catch (Error& error) {
      piece.text = std::move(statement.sql);
      locate(error, reader, piece);
      throw;
    }
  }

  static void locate(Error& error, const ScriptReader& reader, const ScriptPiece& piece) {
    const auto character = static_cast<std::size_t>(std::max(error.position, 1));
    const Place place = reader.place(piece, character);
    if (!reader.file().empty()) {
      error.at(reader.file(), place.line).file_column = place.column;
    } else {
      const std::string where = cat("line ", place.line, ", column ", place.column, " of the text");
      error.context = error.context.empty() ? where : cat(where, "\n", error.context);
    }
  }

  Connection& connection_;
  const ScriptOptions& options_;
  Dialect dialect_;
  bool sending_ = false;
  ScriptResult result_;
  std::map<std::string, ScriptReader> included_;
  std::vector<std::string> active_;  // the files being walked, outermost first
};

}  // namespace

ScriptResult run_script(Connection& connection, const std::string& text, const ScriptOptions& options) {
  return ScriptRun(connection, options).run(text);
}

}  // namespace tide
