#include "base/json.h"

#include <algorithm>
#include <array>
#include <charconv>
#include <cmath>
#include <cstddef>
#include <iterator>
#include <limits>
#include <nlohmann/json.hpp>

#include "base/text.h"
#include "tide/error.h"

namespace tide {

namespace {

constexpr std::size_t kMaxDepth = 500;
constexpr long kMaxExponent = 1000;

// A literal as sign, significant digits and a power of ten, so that two spellings of one number compare equal.
struct Decimal {
  bool negative = false;
  std::string digits;  // neither leading nor trailing zeros; empty for zero
  long exponent = 0;   // value = 0.digits * 10^exponent
  bool operator==(const Decimal& other) const {
    return digits == other.digits && (digits.empty() || (negative == other.negative && exponent == other.exponent));
  }
};

Decimal parse_decimal(std::string_view literal) {
  Decimal out;
  long point = -1;
  std::size_t at = 0;
  for (; at < literal.size() && literal[at] != 'e' && literal[at] != 'E'; ++at) {
    if (literal[at] == '-') out.negative = true;
    if (literal[at] == '.') point = static_cast<long>(out.digits.size());
    if (literal[at] >= '0' && literal[at] <= '9') out.digits.push_back(literal[at]);
  }
  out.exponent = point < 0 ? static_cast<long>(out.digits.size()) : point;
  if (at < literal.size()) {
    const char* begin = literal.data() + at + 1;
    long power = 0;
    const auto parsed = std::from_chars(*begin == '+' ? begin + 1 : begin, literal.data() + literal.size(), power);
    out.exponent += parsed.ec == std::errc() ? power : std::numeric_limits<int>::max();
  }
  const std::size_t leading = std::min(out.digits.find_first_not_of('0'), out.digits.size());
  out.digits.erase(0, leading);
  out.exponent -= static_cast<long>(leading);
  out.digits.erase(out.digits.find_last_not_of('0') + 1);
  return out;
}

std::string plain_text(const Decimal& number) {
  const long size = static_cast<long>(number.digits.size());
  std::string out = number.negative ? "-" : "";
  if (number.exponent <= 0)
    return out + "0." + std::string(static_cast<std::size_t>(-number.exponent), '0') + number.digits;
  if (number.exponent >= size)
    return out + number.digits + std::string(static_cast<std::size_t>(number.exponent - size), '0');
  const auto point = static_cast<std::size_t>(number.exponent);
  return out + number.digits.substr(0, point) + "." + number.digits.substr(point);
}

std::string shortest(double number) {
  std::array<char, 32> buffer;
  const auto end = std::to_chars(buffer.data(), buffer.data() + buffer.size(), number).ptr;
  return std::string(buffer.data(), end);
}

// The parser's input: it tells how far the parser has read, which the SAX events do not.
class Tracked {
 public:
  using difference_type = std::ptrdiff_t;
  using value_type = char;
  using pointer = const char*;
  using reference = const char&;
  using iterator_category = std::input_iterator_tag;

  Tracked(const char* at, const char** seen) : at_(at), seen_(seen) {}
  reference operator*() const { return *at_; }
  Tracked& operator++() {
    *seen_ = ++at_;
    return *this;
  }
  Tracked operator++(int) {
    Tracked before = *this;
    ++*this;
    return before;
  }
  bool operator==(const Tracked& other) const { return at_ == other.at_; }
  bool operator!=(const Tracked& other) const { return at_ != other.at_; }

 private:
  const char* at_;
  const char** seen_;
};

// Passes on the parser's events, numbers without loss.
class Parser : public nlohmann::json_sax<nlohmann::json> {
 public:
  Parser(std::string_view text, JsonEvents& events) : text_(text), seen_(text.data()), events_(events) {}

  Tracked begin() { return Tracked(text_.data(), &seen_); }
  Tracked end() { return Tracked(text_.data() + text_.size(), &seen_); }

  bool null() override { return add(Null{}); }
  bool boolean(bool value) override { return add(value); }
  bool number_integer(number_integer_t value) override { return add(static_cast<std::int64_t>(value)); }
  bool number_unsigned(number_unsigned_t value) override {
    if (value <= static_cast<number_unsigned_t>(std::numeric_limits<std::int64_t>::max())) {
      return add(static_cast<std::int64_t>(value));
    }
    return add(Numeric{std::to_string(value)});
  }
  bool number_float(number_float_t value, const string_t& literal) override {
    const Decimal exact = parse_decimal(literal);
    if (exact == parse_decimal(shortest(value)) && literal.find_first_of(".eE") != string_t::npos) return add(value);
    if (exact.exponent > kMaxExponent || exact.exponent < -kMaxExponent) fail("the number is out of range");
    return add(Numeric{plain_text(exact)});
  }
  bool string(string_t& value) override { return events_.text(value), true; }
  bool binary(binary_t&) override { return false; }
  bool start_object(std::size_t) override { return open(), events_.begin_object(), true; }
  bool start_array(std::size_t) override { return open(), events_.begin_list(), true; }
  bool end_object() override { return --depth_, events_.end_object(), true; }
  bool end_array() override { return --depth_, events_.end_list(), true; }
  bool key(string_t& name) override { return events_.key(name), true; }
  bool parse_error(std::size_t, const std::string&, const nlohmann::detail::exception& problem) override {
    const std::string text = problem.what();
    const std::size_t reason = text.find(": ");
    fail(reason == std::string::npos ? text : text.substr(reason + 2));
  }

 private:
  [[noreturn]] void fail(const std::string& reason) const {
    const auto read = static_cast<std::size_t>(seen_ - text_.data());
    const Place place = place_of(text_, read == 0 ? 0 : read - 1);
    Error error(ErrorKind::kConfig, cat("JSON, line ", place.line, ", column ", place.column, ": ", reason));
    error.line = place.line;
    error.file_column = place.column;
    throw error;
  }

  bool add(const Json& value) { return events_.scalar(value), true; }
  void open() {
    if (depth_ == kMaxDepth) fail(cat("nested deeper than ", kMaxDepth, " levels"));
    ++depth_;
  }

  std::string_view text_;
  const char* seen_;
  JsonEvents& events_;
  std::size_t depth_ = 0;
};

// Builds a Json.
class Builder final : public JsonEvents {
 public:
  Json take() { return std::move(root_); }

  void scalar(const Json& value) override { add_slot() = value; }
  void text(std::string_view value) override { add_slot() = std::string(value); }
  void begin_object() override { open(Json::Object{}); }
  void key(std::string_view name) override {
    std::get<Json::Object>(open_.back()->data).emplace_back(std::string(name), Json());
  }
  void end_object() override { open_.pop_back(); }
  void begin_list() override { open(Json::List{}); }
  void end_list() override { open_.pop_back(); }

 private:
  Json& add_slot() {
    if (open_.empty()) return root_;
    if (auto* list = std::get_if<Json::List>(&open_.back()->data)) return list->emplace_back();
    return std::get<Json::Object>(open_.back()->data).back().second;
  }
  void open(Json container) {
    Json& slot = add_slot();
    slot = std::move(container);
    open_.push_back(&slot);
  }

  Json root_;
  std::vector<Json*> open_;  // stable: only the innermost container grows
};

bool is_json_number(std::string_view text) {
  const std::size_t digits = starts_with(text, "-") ? 1 : 0;
  const std::size_t point = std::min(text.find('.'), text.size());
  const auto all_digits = [](std::string_view part) {
    return !part.empty() && part.find_first_not_of("0123456789") == std::string_view::npos;
  };
  const std::string_view whole = text.substr(digits, point - digits);
  if (!all_digits(whole) || (whole.size() > 1 && whole.front() == '0')) return false;
  return point == text.size() || all_digits(text.substr(point + 1));
}

// Nothing to escape, and nothing that could be other than UTF-8.
bool is_plain(std::string_view text) {
  return std::all_of(text.begin(), text.end(), [](char c) { return c >= ' ' && c < '\x7f' && c != '"' && c != '\\'; });
}

class Writer {
 public:
  explicit Writer(int indent) : indent_(indent) {}

  std::string take() { return std::move(out_); }
  void write(const Json& value) {
    std::visit([this](const auto& data) { put(data); }, value.data);
  }

 private:
  void put(Null) { out_ += "null"; }
  void put(bool value) { out_ += value ? "true" : "false"; }
  void put(std::int64_t value) { out_ += std::to_string(value); }
  void put(double value) {
    if (!std::isfinite(value)) return put(Null{});
    const std::string text = shortest(value);
    out_ += text;
    if (text.find_first_of(".e") == std::string::npos) out_ += ".0";
  }
  void put(const Numeric& value) {
    if (!is_json_number(value.text)) return put(value.text);
    out_ += value.text;
  }
  void put(const std::string& value) {
    if (is_plain(value)) {
      out_ += '"';
      out_ += value;
      out_ += '"';
      return;
    }
    out_ += nlohmann::json(value).dump(-1, ' ', false, nlohmann::json::error_handler_t::replace);
  }
  void put(const Json::List& list) {
    put_all('[', list, ']', [this](const Json& item) { write(item); });
  }
  void put(const Json::Object& object) {
    put_all('{', object, '}', [this](const auto& member) {
      put(member.first);
      out_ += indent_ < 0 ? ":" : ": ";
      write(member.second);
    });
  }

  template <class Items, class Write>
  void put_all(char opening, const Items& items, char closing, Write write_item) {
    out_ += opening;
    ++depth_;
    for (std::size_t i = 0; i < items.size(); ++i) {
      if (i > 0) out_ += ',';
      break_line();
      write_item(items[i]);
    }
    --depth_;
    if (!items.empty()) break_line();
    out_ += closing;
  }
  void break_line() {
    if (indent_ < 0) return;
    out_ += '\n';
    out_.append(static_cast<std::size_t>(indent_) * static_cast<std::size_t>(depth_), ' ');
  }

  std::string out_;
  int indent_;
  int depth_ = 0;
};

std::string hex_text(std::string_view bytes) {
  constexpr char kDigits[] = "0123456789abcdef";
  std::string out = "\\x";
  for (const char c : bytes) {
    const auto byte = static_cast<unsigned char>(c);
    out += kDigits[byte >> 4];
    out += kDigits[byte & 15];
  }
  return out;
}

}  // namespace

const Json* Json::find(std::string_view key) const {
  const auto* object = std::get_if<Object>(&data);
  if (object == nullptr) return nullptr;
  for (auto member = object->rbegin(); member != object->rend(); ++member) {
    if (member->first == key) return &member->second;
  }
  return nullptr;
}

void read_json(std::string_view text, JsonEvents& events) {
  Parser parser(text, events);
  nlohmann::json::sax_parse(parser.begin(), parser.end(), &parser);
}

Json parse_json(std::string_view text) {
  Builder builder;
  read_json(text, builder);
  return builder.take();
}

std::string dump_json(const Json& value, int indent) {
  Writer writer(indent);
  writer.write(value);
  return writer.take();
}

Json to_json(const Value& value) {
  struct Convert {
    Json operator()(const Bytes& bytes) const { return hex_text(bytes.data); }
    Json operator()(const Array& array) const {
      Json::List list;
      for (const Value& item : array) list.push_back(to_json(item));
      return list;
    }
    Json operator()(Null) const { return Json(); }
    Json operator()(bool plain) const { return plain; }
    Json operator()(std::int64_t plain) const { return plain; }
    Json operator()(double plain) const { return plain; }
    Json operator()(const Numeric& plain) const { return plain; }
    Json operator()(const std::string& plain) const { return plain; }
  };
  return std::visit(Convert{}, value.data);
}

}  // namespace tide
