#include "migrate/sql_migration.h"

#include <algorithm>
#include <string_view>
#include <vector>

#include "base/text.h"
#include "tide/error.h"

namespace tide {
namespace {

constexpr const char* kNoTransaction = "no-transaction";
constexpr const char* kLint = "lint";

struct Line {
  std::string_view text;  // without the white space around it
  std::size_t begin = 0;  // offset in the file
  std::size_t end = 0;    // offset of the next line
  int number = 1;
};

std::size_t byte_order_mark(std::string_view text) { return starts_with(text, "\xEF\xBB\xBF") ? 3 : 0; }

std::vector<Line> lines_of(std::string_view text) {
  std::vector<Line> lines;
  std::size_t begin = byte_order_mark(text);
  for (int number = 1; begin < text.size(); ++number) {
    std::size_t end = std::min(text.find('\n', begin), text.size());
    std::size_t next = std::min(end + 1, text.size());
    lines.push_back({trim(text.substr(begin, end - begin)), begin, next, number});
    begin = next;
  }
  return lines;
}

// The lower-case text behind the dashes of a line that is a comment; "" for any other line.
std::string comment_of(const Line& line) {
  if (!starts_with(line.text, "--")) return "";
  return lower(trim(line.text.substr(2)));
}

[[noreturn]] void fail(const std::string& file, int line, const std::string& what) {
  throw Error(ErrorKind::kConfig, cat(file, ":", line, ": ", what)).at(file, line);
}

std::size_t past_block_comment(std::string_view text, std::size_t at) {
  int depth = 0;
  for (; at + 1 < text.size(); ++at) {
    std::string_view two = text.substr(at, 2);
    if (two != "/*" && two != "*/") continue;
    depth += two == "/*" ? 1 : -1;
    ++at;
    if (depth == 0) return at + 1;
  }
  return text.size();
}

// Whether there is anything but white space, comments and empty statements.
bool holds_sql(std::string_view text) {
  std::size_t at = 0;
  for (;;) {
    at = text.find_first_not_of(" \t\r\n\f\v;", at);
    if (at == std::string_view::npos) return false;
    std::string_view rest = text.substr(at);
    if (starts_with(rest, "--")) {
      at = text.find('\n', at);
    } else if (starts_with(rest, "/*")) {
      at = past_block_comment(text, at);
    } else {
      return true;
    }
    if (at >= text.size()) return false;
  }
}

// A stretch of the file: the head above the first marker, or what stands under one.
struct Section {
  std::string word;  // "" (head), "up", "down"
  std::size_t begin = 0;
  std::size_t end = 0;
  int marker_line = 0;
  bool transaction = true;
  std::vector<Silence> silences = {};
};

class Parser {
 public:
  Parser(std::string_view text, const std::string& file) : text_(text), file_(file), lines_(lines_of(text)) {
    sections_.push_back({});
    sections_.front().begin = byte_order_mark(text);
    for (const Line& line : lines_) read(line);
    sections_.back().end = text.size();
  }

  SqlMigration single() {
    SqlMigration migration;
    if (sections_.size() == 1) {
      refuse_foreign();
      migration.up = whole();
      return migration;
    }
    check_sections();
    for (const Section& section : sections_) {
      if (section.word == "up") migration.up = part(section);
      if (section.word == "down" && holds_sql(text_of(section))) migration.down = part(section);
    }
    require_sql(migration.up);
    return migration;
  }

  SqlPart whole() const {
    SqlPart part_of_file = part(sections_.front());
    require_sql(part_of_file);
    return part_of_file;
  }

  bool holds_anything() const { return holds_sql(text_of(sections_.front())); }

  void refuse_markers() const {
    if (sections_.size() == 1) return;
    fail(file_, sections_[1].marker_line,
         cat("-- tide:", sections_[1].word, " in a file whose name already says its direction"));
  }

 private:
  void read(const Line& line) {
    std::string comment = comment_of(line);
    if (!starts_with(comment, "tide:")) return;
    std::string_view rest = trim(std::string_view(comment).substr(5));
    std::size_t end = std::min(rest.find_first_of(" \t"), rest.size());
    std::string word(rest.substr(0, end)), argument(trim(rest.substr(end)));
    if (word == kNoTransaction) return opt_out(line);
    if (word == kLint) return silence(line);
    if (word != "up" && word != "down") {
      fail(file_, line.number,
           cat("\"tide:", word, "\" is none of tide:up, tide:down, tide:no-transaction, tide:lint"));
    }
    if (!argument.empty() && argument != kNoTransaction) {
      fail(file_, line.number, cat("\"", argument, "\" behind tide:", word, "; only no-transaction may stand there"));
    }
    sections_.back().end = line.begin;
    sections_.push_back({word, line.end, line.end, line.number, argument.empty()});
  }

  void silence(const Line& line) {
    const std::string_view comment = trim(line.text.substr(2));
    const std::string_view text = trim(comment.substr(std::string_view("tide:lint").size()));
    const std::size_t colon = std::min(text.find(':'), text.size());
    const std::size_t reason = std::min(colon + 1, text.size());
    Silence silence{lower(trim(text.substr(0, colon))), std::string(trim(text.substr(reason))), line.number};
    if (const std::string wrong = wrong_silence(silence); !wrong.empty())
      fail(file_, line.number, cat(wrong, "; write -- tide:lint RULE: REASON"));
    sections_.back().silences.push_back(std::move(silence));
  }

  void opt_out(const Line& line) {
    Section& section = sections_.back();
    if (holds_sql(text_.substr(section.begin, line.begin - section.begin))) {
      fail(file_, line.number, "-- tide:no-transaction must stand above the first statement");
    }
    section.transaction = false;
  }

  void check_sections() const {
    const Section* seen[2] = {nullptr, nullptr};
    for (const Section& section : sections_) {
      if (section.word.empty()) continue;
      const Section*& first = seen[section.word == "down"];
      if (first != nullptr) {
        fail(file_, section.marker_line,
             cat("a second -- tide:", section.word, "; the first is in line ", first->marker_line));
      }
      first = &section;
    }
    if (seen[0] == nullptr && seen[1] != nullptr) {
      fail(file_, seen[1]->marker_line, "-- tide:down without -- tide:up");
    }
    if (holds_sql(text_of(sections_.front()))) {
      fail(file_, sections_[1].marker_line, cat("there is SQL above the first marker, -- tide:", sections_[1].word));
    }
  }

  void refuse_foreign() const;

  void require_sql(const SqlPart& up) const {
    if (!holds_sql(up.text)) fail(file_, up.line, "there is no statement to apply");
  }

  std::string_view text_of(const Section& section) const {
    return text_.substr(section.begin, section.end - section.begin);
  }

  SqlPart part(const Section& section) const {
    bool transaction = section.transaction && sections_.front().transaction;
    std::vector<Silence> silences = sections_.front().silences;
    if (&section != &sections_.front())
      silences.insert(silences.end(), section.silences.begin(), section.silences.end());
    return {std::string(text_of(section)), file_, section.marker_line + 1, transaction, std::move(silences)};
  }

  std::string_view text_;
  const std::string& file_;
  std::vector<Line> lines_;
  std::vector<Section> sections_;
};

struct ForeignMarker {
  std::string_view begins;  // the comment, lower case
  bool whole;               // nothing may follow, for words that an ordinary comment may begin with
  const char* tool;
};
constexpr ForeignMarker kForeign[] = {
    {"migrate:up", false, "dbmate"},
    {"migrate:down", false, "dbmate"},
    {"+goose ", false, "goose"},
    {"+migrate ", false, "sql-migrate"},
    {"rambler up", false, "rambler"},
    {"rambler down", false, "rambler"},
    {"down migration", true, "node-pg-migrate"},
    {"liquibase formatted sql", false, "Liquibase"},
    {"-- create above / drop below", false, "tern"},
};

// Other tools keep both directions in one file too; without our markers all of it would be run as up.
void Parser::refuse_foreign() const {
  for (const Line& line : lines_) {
    std::string comment = comment_of(line);
    for (const ForeignMarker& foreign : kForeign) {
      if (foreign.whole ? comment != foreign.begins : !starts_with(comment, foreign.begins)) continue;
      fail(file_, line.number,
           cat("\"", line.text, "\" is a marker of ", foreign.tool,
               "; write -- tide:up and -- tide:down, or both halves would be run as up"));
    }
  }
}

}  // namespace

SqlMigration parse_sql(const std::string& text, const std::string& file) { return Parser(text, file).single(); }

SqlMigration parse_sql_pair(const MigrationText& text, const std::string& up_file, const std::string& down_file) {
  Parser up(text.up, up_file), down(text.down, down_file);
  up.refuse_markers();
  down.refuse_markers();
  SqlMigration migration;
  migration.up = up.whole();
  if (down.holds_anything()) migration.down = down.whole();
  return migration;
}

}  // namespace tide
