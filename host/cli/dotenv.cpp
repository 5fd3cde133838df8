#include "cli/dotenv.h"

#include <cctype>

#include "base/text.h"
#include "tide/error.h"

namespace tide {
namespace {

bool is_name_character(char c) { return std::isalnum(static_cast<unsigned char>(c)) != 0 || c == '_'; }

class Reader {
 public:
  Reader(std::string_view text, const std::string& file) : text_(text), file_(file) {}

  std::map<std::string, std::string> read() {
    std::map<std::string, std::string> variables;
    for (skip_to_assignment(); !at_end(); skip_to_assignment()) {
      const std::string name = read_name();
      variables[name] = read_value(name);
    }
    return variables;
  }

 private:
  bool at_end() const { return at_ >= text_.size(); }
  char here() const { return at_end() ? '\n' : text_[at_]; }
  bool at_blank() const { return here() == ' ' || here() == '\t' || here() == '\r'; }

  void skip_blanks() {
    while (!at_end() && at_blank()) ++at_;
  }
  void skip_line() {
    while (!at_end() && here() != '\n') ++at_;
  }

  void skip_to_assignment() {
    while (!at_end()) {
      skip_blanks();
      if (here() == '#') skip_line();
      if (at_end() || here() != '\n') return;
      ++at_;
    }
  }

  std::string read_name() {
    std::string name = read_word();
    if (name == "export" && at_blank()) {
      skip_blanks();
      name = read_word();
    }
    skip_blanks();
    if (here() != '=') fail("this line is no NAME=value");
    if (name.empty() || std::isdigit(static_cast<unsigned char>(name[0]))) {
      fail("a variable's name has letters, digits and underscores and does not begin with a digit");
    }
    ++at_;
    return name;
  }

  std::string read_word() {
    const std::size_t begin = at_;
    while (!at_end() && is_name_character(here())) ++at_;
    return std::string(text_.substr(begin, at_ - begin));
  }

  std::string read_value(const std::string& name) {
    skip_blanks();
    if (here() != '\'' && here() != '"') return read_bare();
    const std::string value = read_quoted(name);
    skip_blanks();
    if (here() == '#') skip_line();
    if (here() != '\n') fail(cat("there is text behind the closing quote of ", name));
    return value;
  }

  std::string read_bare() {
    const std::size_t begin = at_;
    while (!at_end() && here() != '\n') {
      const bool comment = here() == '#' && (at_ == begin || text_[at_ - 1] == ' ' || text_[at_ - 1] == '\t');
      if (comment) break;
      ++at_;
    }
    const std::string value(trim(text_.substr(begin, at_ - begin)));
    skip_line();
    return value;
  }

  std::string read_quoted(const std::string& name) {
    const std::size_t opening = at_;
    const char quote = text_[at_++];
    std::string value;
    while (!at_end() && here() != quote) value += quote == '"' && here() == '\\' ? read_escape() : text_[at_++];
    if (at_end()) {
      at_ = opening;
      fail(cat("the quote that opens the value of ", name, " is never closed"));
    }
    ++at_;
    return value;
  }

  char read_escape() {
    ++at_;
    if (at_end()) return '\\';
    const char c = text_[at_++];
    return c == 'n' ? '\n' : c == 't' ? '\t' : c == 'r' ? '\r' : c;
  }

  [[noreturn]] void fail(const std::string& message) const {
    throw Error(ErrorKind::kConfig, message).at(file_, place_of(text_, at_).line);
  }

  std::string_view text_;
  const std::string& file_;
  std::size_t at_ = 0;
};

}  // namespace

std::map<std::string, std::string> parse_dotenv(std::string_view text, const std::string& file) {
  return Reader(text, file).read();
}

}  // namespace tide
