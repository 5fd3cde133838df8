#include "db/script_command.h"

#include "base/text.h"
#include "db/sql_lexer.h"

namespace tide {

namespace {

std::string quote(std::string_view value, char mark) {
  std::string out(1, mark);
  for (const char c : value) {
    if (c == mark) out.push_back(mark);
    out.push_back(c);
  }
  out.push_back(mark);
  return out;
}

std::string quote_literal(std::string_view value, Dialect dialect) {
  if (dialect == Dialect::kSqlite || value.find('\\') == std::string_view::npos) return quote(value, '\'');
  std::string doubled;
  for (const char c : value) doubled.append(c == '\\' ? 2 : 1, c);
  return " E" + quote(doubled, '\'');
}

// The arguments of one command, read as psql reads them.
class CommandLine {
 public:
  CommandLine(std::string_view text, std::size_t at, const ScriptReader::Variables& variables, Dialect dialect)
      : text_(text.substr(0, text.find('\n', at))), at_(at), variables_(variables), dialect_(dialect) {}

  ScriptCommand read() {
    while (!at_end() && !is_blank() && peek() != '\\') command_.word.push_back(take());
    while (skip_blanks()) command_.arguments.push_back(argument());
    if (text_.substr(at_, 2) == "\\\\") at_ += 2;
    command_.end = at_;
    return std::move(command_);
  }

 private:
  bool at_end() const { return at_ >= text_.size(); }
  char peek() const { return text_[at_]; }
  char take() { return text_[at_++]; }
  bool is_blank() const { return std::string_view(" \t\r\f\v").find(peek()) != std::string_view::npos; }

  // True when an argument follows.
  bool skip_blanks() {
    while (!at_end() && is_blank()) ++at_;
    return !at_end() && peek() != '\\';
  }

  std::string argument() {
    std::string out;
    while (!at_end() && !is_blank() && peek() != '\\') {
      switch (peek()) {
        case '\'':
          single_quoted(out);
          break;
        case '"':
          double_quoted(out);
          break;
        case ':':
          variable(out);
          break;
        case '`':
          command_.problem = "backquotes run a shell command, which a SQL script may not do";
          [[fallthrough]];
        default:
          out.push_back(take());
      }
    }
    return out;
  }

  void variable(std::string& out) {
    const VariableUse use = find_variable(text_, at_);
    if (use.name.empty() || !expand_variable(use, variables_, dialect_, out)) {
      out.push_back(take());
    } else {
      at_ = use.end;
    }
  }

  void double_quoted(std::string& out) {
    out.push_back(take());
    while (!at_end() && peek() != '"') out.push_back(take());
    close('"');
    out.push_back('"');
  }

  void single_quoted(std::string& out) {
    ++at_;
    while (!at_end()) {
      if (text_.substr(at_, 2) == "''") {
        at_ += 2;
        out.push_back('\'');
      } else if (peek() == '\'') {
        break;
      } else if (const char c = take(); c == '\\' && !at_end()) {
        out.push_back(escape());
      } else {
        out.push_back(c);
      }
    }
    close('\'');
  }

  char escape() {
    if (peek() >= '0' && peek() <= '7') return code(8, 3);
    const char c = take();
    if (c == 'x' && !at_end() && digit(16) >= 0) return code(16, 2);
    const std::string_view names = "ntbrf";
    const std::size_t named = names.find(c);
    return named == std::string_view::npos ? c : "\n\t\b\r\f"[named];
  }

  int digit(int base) const {
    const char c = static_cast<char>(peek() | 0x20);
    const int value = c >= 'a' && c <= 'f' ? c - 'a' + 10 : peek() >= '0' && peek() <= '9' ? peek() - '0' : -1;
    return value < base ? value : -1;
  }

  char code(int base, int max_digits) {
    int value = 0;
    for (int i = 0; i < max_digits && !at_end() && digit(base) >= 0; ++i, ++at_) value = value * base + digit(base);
    return static_cast<char>(value);
  }

  void close(char mark) {
    if (at_end()) {
      command_.problem = cat("a quoted argument has no closing ", mark, " on its line");
    } else {
      ++at_;
    }
  }

  std::string_view text_;
  std::size_t at_;
  const ScriptReader::Variables& variables_;
  Dialect dialect_;
  ScriptCommand command_;
};

}  // namespace

VariableUse find_variable(std::string_view text, std::size_t at) {
  VariableUse use;
  std::size_t begin = at + 1;
  const std::string_view rest = text.substr(begin, 2);
  std::string_view closing;
  if (starts_with(rest, "'") || starts_with(rest, "\"")) {
    use.form = rest.front();
    closing = text.substr(begin++, 1);
  } else if (rest == "{?") {
    use.form = '?';
    closing = "}";
    begin += 2;
  }
  std::size_t end = begin;
  while (end < text.size() && is_name_byte(text[end])) ++end;
  const bool number = begin < text.size() && text[begin] >= '0' && text[begin] <= '9';  // a[1:2]
  if (number || text.substr(end, closing.size()) != closing) return use;
  use.name = text.substr(begin, end - begin);
  use.end = end + closing.size();
  return use;
}

bool expand_variable(const VariableUse& use, const ScriptReader::Variables& variables, Dialect dialect,
                     std::string& out) {
  const auto found = variables.find(use.name);
  if (use.form == '?') {
    out.append(found == variables.end() ? "FALSE" : "TRUE");
    return true;
  }
  if (found == variables.end()) return false;
  out.append(use.form == '\''  ? quote_literal(found->second, dialect)
             : use.form == '"' ? quote(found->second, '"')
                               : found->second);
  return true;
}

ScriptCommand read_command(std::string_view text, std::size_t backslash, const ScriptReader::Variables& variables,
                           Dialect dialect) {
  return CommandLine(text, backslash + 1, variables, dialect).read();
}

}  // namespace tide
