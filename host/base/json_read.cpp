#include <charconv>
#include <cstddef>

#include "base/json.h"
#include "base/json_number.h"
#include "base/text.h"
#include "tide/error.h"

namespace tide {

namespace {

constexpr std::size_t kMaxDepth = 500;

bool is_digit(char c) { return c >= '0' && c <= '9'; }
bool is_space(char c) { return c == ' ' || c == '\t' || c == '\n' || c == '\r'; }

void append_utf8(std::string& out, std::uint32_t c) {
  const auto tail = [&](int shift) { out.push_back(static_cast<char>(0x80 | ((c >> shift) & 0x3F))); };
  if (c < 0x80) return out.push_back(static_cast<char>(c));
  if (c < 0x800) {
    out.push_back(static_cast<char>(0xC0 | (c >> 6)));
    return tail(0);
  }
  if (c < 0x10000) {
    out.push_back(static_cast<char>(0xE0 | (c >> 12)));
  } else {
    out.push_back(static_cast<char>(0xF0 | (c >> 18)));
    tail(12);
  }
  tail(6);
  tail(0);
}

// RFC 8259. A library's lexer costs ten times as much a byte, and a data fix decodes millions of documents.
class Reader {
 public:
  Reader(std::string_view text, JsonEvents& events)
      : text_(text), at_(text.data()), end_(at_ + text.size()), events_(events) {}

  void document() {
    if (starts_with(text_, "\xEF\xBB\xBF")) at_ += 3;
    skip_space();
    value();
    skip_space();
    if (at_ != end_) fail("nothing may follow the value");
  }

 private:
  [[noreturn]] void fail_at(const char* at, const std::string& reason) const {
    auto offset = static_cast<std::size_t>(at - text_.data());
    const bool ended = offset >= text_.size();
    if (ended && offset > 0) offset = text_.size() - 1;
    const Place place = place_of(text_, offset);
    Error error(ErrorKind::kConfig, cat("JSON, line ", place.line, ", column ", place.column, ": ", reason,
                                        ended ? ", and the text ends here" : ""));
    error.line = place.line;
    error.file_column = place.column;
    throw error;
  }
  [[noreturn]] void fail(const std::string& reason) const { fail_at(at_, reason); }

  bool at(char c) const { return at_ != end_ && *at_ == c; }
  bool at_digit() const { return at_ != end_ && is_digit(*at_); }
  bool take(char c) { return at(c) && (++at_, true); }
  void skip_space() {
    while (at_ != end_ && is_space(*at_)) ++at_;
  }
  void skip_digits() {
    if (!at_digit()) fail("expected a digit");
    while (at_digit()) ++at_;
  }

  void value() {
    switch (at_ == end_ ? '\0' : *at_) {
      case '{':
        return object();
      case '[':
        return list();
      case '"':
        return events_.text(string());
      case 't':
        return word("true", true);
      case 'f':
        return word("false", false);
      case 'n':
        return word("null", Null{});
      default:
        return number();
    }
  }

  void word(std::string_view word, const Json& value) {
    for (const char c : word) {
      if (!take(c)) fail(cat("expected ", word));
    }
    events_.scalar(value);
  }

  void open() {
    if (++depth_ > kMaxDepth) fail(cat("nested deeper than ", kMaxDepth, " levels"));
    ++at_;
    skip_space();
  }

  void object() {
    open();
    events_.begin_object();
    if (!take('}')) {
      do member();
      while (take(','));
      if (!take('}')) fail("expected ',' or '}'");
    }
    --depth_;
    events_.end_object();
  }

  void member() {
    skip_space();
    if (!at('"')) fail("expected the name of a member, in double quotes");
    events_.key(string());
    skip_space();
    if (!take(':')) fail("expected ':'");
    skip_space();
    value();
    skip_space();
  }

  void list() {
    open();
    events_.begin_list();
    if (!take(']')) {
      do item();
      while (take(','));
      if (!take(']')) fail("expected ',' or ']'");
    }
    --depth_;
    events_.end_list();
  }

  void item() {
    skip_space();
    value();
    skip_space();
  }

  // Up to the quote that ends the string, the next escape, or the end of the text.
  void skip_plain() {
    const char* begin = at_;
    unsigned char all = 0;
    for (; at_ != end_ && *at_ != '"' && *at_ != '\\'; ++at_) {
      const auto c = static_cast<unsigned char>(*at_);
      if (c < ' ') fail("a control character in a string, which is written as an escape");
      all |= c;
    }
    if (all < 0x80) return;
    const std::size_t bad = first_bad_utf8({begin, static_cast<std::size_t>(at_ - begin)});
    if (bad != std::string_view::npos) fail_at(begin + bad, "not UTF-8");
  }

  // Good until the next one: a part of the text where it has no escapes, `unescaped_` otherwise.
  std::string_view string() {
    const char* begin = ++at_;
    skip_plain();
    if (at('"')) return {begin, static_cast<std::size_t>(at_++ - begin)};
    unescaped_.assign(begin, at_);
    while (!take('"')) {
      if (at_ == end_) fail("expected '\"'");
      escape();
      const char* plain = at_;
      skip_plain();
      unescaped_.append(plain, at_);
    }
    return unescaped_;
  }

  void escape() {
    constexpr std::string_view kLetters = "\"\\/bfnrt";
    constexpr std::string_view kMeant = "\"\\/\b\f\n\r\t";
    const char* begin = at_++;
    if (take('u')) return append_utf8(unescaped_, code_point(begin));
    const std::size_t letter = at_ == end_ ? std::string_view::npos : kLetters.find(*at_);
    if (letter == std::string_view::npos) fail("no such escape");
    unescaped_.push_back(kMeant[letter]);
    ++at_;
  }

  // What follows "\u", which may be half of a pair.
  std::uint32_t code_point(const char* begin) {
    const std::uint32_t first = hex4();
    if (first < 0xD800 || first > 0xDFFF) return first;
    if (first < 0xDC00 && take('\\') && take('u')) {
      const std::uint32_t second = hex4();
      if (second >= 0xDC00 && second <= 0xDFFF) return 0x10000 + ((first - 0xD800) << 10) + (second - 0xDC00);
    }
    fail_at(begin, "half of a surrogate pair");
  }

  std::uint32_t hex4() {
    std::uint32_t code = 0;
    const char* end = end_ - at_ < 4 ? end_ : at_ + 4;
    const char* read = std::from_chars(at_, end, code, 16).ptr;
    const bool short_of = read - at_ < 4;
    at_ = read;
    if (short_of) fail("\\u takes four hexadecimal digits");
    return code;
  }

  void number() {
    const char* begin = at_;
    if (!at('-') && !at_digit()) fail("expected a value");
    take('-');
    if (!take('0')) skip_digits();
    bool whole = true;
    if (take('.')) {
      whole = false;
      skip_digits();
    }
    if (take('e') || take('E')) {
      whole = false;
      if (!take('+')) take('-');
      skip_digits();
    }
    const std::string_view literal(begin, static_cast<std::size_t>(at_ - begin));
    std::int64_t integer = 0;
    if (whole && std::from_chars(begin, at_, integer).ec == std::errc()) return events_.scalar(integer);
    const auto number = json_number(literal);
    if (!number) fail_at(begin, "the number is out of range");
    events_.scalar(*number);
  }

  std::string_view text_;
  const char* at_;
  const char* end_;
  JsonEvents& events_;
  std::size_t depth_ = 0;
  std::string unescaped_;
};

}  // namespace

void read_json(std::string_view text, JsonEvents& events) { Reader(text, events).document(); }

}  // namespace tide
