#include <rapidjson/error/en.h>
#include <rapidjson/memorystream.h>
#include <rapidjson/reader.h>

#include <cctype>
#include <charconv>
#include <cstddef>

#include "base/json.h"
#include "base/json_number.h"
#include "base/text.h"
#include "tide/error.h"

namespace tide {

namespace {

constexpr std::size_t kMaxDepth = 500;
constexpr std::string_view kByteOrderMark = "\xEF\xBB\xBF";

// Passes on the parser's events; numbers come as they are written, so that nothing of them is lost.
class Handler {
 public:
  Handler(std::string_view text, JsonEvents& events)
      : text_(text),
        has_code_points_(text.find("\\u") != std::string_view::npos),
        stream_(text.data(), text.size()),
        events_(events) {}

  void parse() {
    const std::size_t bad = first_bad_utf8(text_);
    if (bad != std::string_view::npos) fail(bad, "not UTF-8");
    rapidjson::Reader reader;
    const rapidjson::ParseResult result = reader.Parse<rapidjson::kParseNumbersAsStringsFlag>(stream_, *this);
    if (result.IsError()) fail(result.Offset(), clause(rapidjson::GetParseError_En(result.Code())));
    if (stream_.Tell() != text_.size())
      fail(stream_.Tell(), "nothing may follow the value");  // the parser ends at a NUL
  }

  bool Null() { return events_.scalar(tide::Null{}), true; }
  bool Bool(bool value) { return events_.scalar(value), true; }
  bool RawNumber(const char* digits, rapidjson::SizeType size, bool) {
    std::int64_t integer = 0;
    const auto [end, problem] = std::from_chars(digits, digits + size, integer);
    if (problem == std::errc() && end == digits + size) return events_.scalar(integer), true;
    const auto number = json_number({digits, size});
    if (!number) fail(stream_.Tell() - 1, "the number is out of range");
    return events_.scalar(*number), true;
  }
  bool String(const char* text, rapidjson::SizeType size, bool) { return events_.text(whole({text, size})), true; }
  bool StartObject() { return open(), events_.begin_object(), true; }
  bool Key(const char* name, rapidjson::SizeType size, bool) { return events_.key(whole({name, size})), true; }
  bool EndObject(rapidjson::SizeType) { return --depth_, events_.end_object(), true; }
  bool StartArray() { return open(), events_.begin_list(), true; }
  bool EndArray(rapidjson::SizeType) { return --depth_, events_.end_list(), true; }
  // what numbers are otherwise
  bool Int(int) { return false; }
  bool Uint(unsigned) { return false; }
  bool Int64(std::int64_t) { return false; }
  bool Uint64(std::uint64_t) { return false; }
  bool Double(double) { return false; }

 private:
  // "Invalid value." -> "invalid value"
  static std::string clause(std::string sentence) {
    sentence.front() = static_cast<char>(std::tolower(static_cast<unsigned char>(sentence.front())));
    sentence.pop_back();
    return sentence;
  }

  [[noreturn]] void fail(std::size_t offset, const std::string& reason) const {
    const bool ended = offset >= text_.size();
    const Place place = place_of(text_, ended && offset > 0 ? text_.size() - 1 : offset);
    Error error(ErrorKind::kConfig, cat("JSON, line ", place.line, ", column ", place.column, ": ", reason,
                                        ended ? ", and the text ends here" : ""));
    error.line = place.line;
    error.file_column = place.column;
    throw error;
  }

  // The parser lets the second half of a pair pass alone.
  std::string_view whole(std::string_view text) const {
    if (has_code_points_ && first_bad_utf8(text) != std::string_view::npos) {
      fail(stream_.Tell() - 1, "half of a surrogate pair in this string");
    }
    return text;
  }

  void open() {
    if (++depth_ > kMaxDepth) fail(stream_.Tell() - 1, cat("nested deeper than ", kMaxDepth, " levels"));
  }

  std::string_view text_;
  bool has_code_points_;
  rapidjson::MemoryStream stream_;
  JsonEvents& events_;
  std::size_t depth_ = 0;
};

}  // namespace

void read_json(std::string_view text, JsonEvents& events) {
  Handler(starts_with(text, kByteOrderMark) ? text.substr(kByteOrderMark.size()) : text, events).parse();
}

}  // namespace tide
