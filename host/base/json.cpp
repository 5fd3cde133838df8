#include "base/json.h"

#include <algorithm>
#include <array>
#include <charconv>
#include <cmath>
#include <cstddef>

#include "base/json_number.h"
#include "base/text.h"

namespace tide {

namespace {

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

// The letter after a backslash, where there is one.
char escape_letter(char c) {
  constexpr std::string_view kEscaped = "\"\\\b\f\n\r\t";
  constexpr std::string_view kLetters = "\"\\bfnrt";
  const std::size_t found = kEscaped.find(c);
  return found == std::string_view::npos ? '\0' : kLetters[found];
}

bool is_control(char c) { return static_cast<unsigned char>(c) < ' '; }

void append_escaped(std::string& out, char c) {
  constexpr char kDigits[] = "0123456789abcdef";
  out.push_back('\\');
  if (const char letter = escape_letter(c)) return out.push_back(letter);
  out.append("u00").append({kDigits[c >> 4], kDigits[c & 15]});
}

// Of text that is UTF-8.
void append_text(std::string& out, std::string_view text) {
  std::size_t done = 0;
  for (std::size_t at = 0; at < text.size(); ++at) {
    const char c = text[at];
    if (!is_control(c) && c != '"' && c != '\\') continue;
    out.append(text, done, at - done);
    append_escaped(out, c);
    done = at + 1;
  }
  out.append(text, done);
}

void tell(const Json& value, JsonEvents& events);

struct Tell {
  JsonEvents& events;
  void operator()(const std::string& text) const { events.text(text); }
  void operator()(const Json::List& list) const {
    events.begin_list();
    for (const Json& item : list) tell(item, events);
    events.end_list();
  }
  void operator()(const Json::Object& object) const {
    events.begin_object();
    for (const auto& [name, value] : object) {
      events.key(name);
      tell(value, events);
    }
    events.end_object();
  }
  template <class Scalar>
  void operator()(const Scalar& scalar) const {
    events.scalar(scalar);
  }
};

void tell(const Json& value, JsonEvents& events) { std::visit(Tell{events}, value.data); }

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

void JsonText::begin_value() {
  if (after_key_) {
    after_key_ = false;
  } else if (depth_ > 0) {
    begin_item();
  }
}

void JsonText::begin_item() {
  if (!empty_) out_ += ',';
  empty_ = false;
  break_line();
}

void JsonText::break_line() {
  if (indent_ < 0) return;
  out_ += '\n';
  out_.append(static_cast<std::size_t>(indent_) * static_cast<std::size_t>(depth_), ' ');
}

void JsonText::open(char bracket) {
  begin_value();
  out_ += bracket;
  ++depth_;
  empty_ = true;
}

void JsonText::close(char bracket) {
  --depth_;
  if (!empty_) break_line();
  out_ += bracket;
  empty_ = false;
}

void JsonText::put(std::int64_t value) {
  std::array<char, 24> digits;
  out_.append(digits.data(), std::to_chars(digits.data(), digits.data() + digits.size(), value).ptr);
}

void JsonText::put(double value) {
  if (!std::isfinite(value)) return put(Null{});
  const std::string text = shortest(value);
  out_ += text;
  if (text.find_first_of(".e") == std::string::npos) out_ += ".0";
}

void JsonText::put(const Numeric& value) {
  if (!is_json_number(value.text)) return put(value.text);
  out_ += value.text;
}

void JsonText::put(std::string_view text) {
  out_ += '"';
  for (std::size_t bad = 0; (bad = first_bad_utf8(text)) != std::string_view::npos; text.remove_prefix(bad + 1)) {
    append_text(out_, text.substr(0, bad));
    out_ += "\xEF\xBF\xBD";
  }
  append_text(out_, text);
  out_ += '"';
}

void JsonText::scalar(const Json& value) {
  begin_value();
  std::visit([this](const auto& data) { put(data); }, value.data);
}

void JsonText::text(std::string_view value) {
  begin_value();
  put(value);
}

void JsonText::key(std::string_view name) {
  begin_item();
  put(name);
  out_ += indent_ < 0 ? ":" : ": ";
  after_key_ = true;
}

Json parse_json(std::string_view text) {
  Builder builder;
  read_json(text, builder);
  return builder.take();
}

std::string dump_json(const Json& value, int indent) {
  JsonText text(indent);
  tell(value, text);
  return text.take();
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
