#pragma once

#include <string>
#include <string_view>
#include <utility>
#include <variant>
#include <vector>

#include "tide/value.h"

namespace tide {

// A JSON document that loses nothing: members keep their order, integers outside int64 and decimals that a double
// would change stay text (Numeric).
struct Json {
  using List = std::vector<Json>;
  using Object = std::vector<std::pair<std::string, Json>>;
  std::variant<Null, bool, std::int64_t, double, Numeric, std::string, List, Object> data;

  Json() = default;
  Json(Null) {}
  Json(bool v) : data(v) {}
  Json(int v) : data(static_cast<std::int64_t>(v)) {}
  Json(std::int64_t v) : data(v) {}
  Json(double v) : data(v) {}
  Json(Numeric v) : data(std::move(v)) {}
  Json(const char* v) : data(std::string(v)) {}
  Json(std::string v) : data(std::move(v)) {}
  Json(List v) : data(std::move(v)) {}
  Json(Object v) : data(std::move(v)) {}

  const Json* find(std::string_view key) const;  // member of an object, or nullptr
};

// Gets what a JSON text says, in its order. Views are good for the call.
class JsonEvents {
 public:
  virtual void scalar(const Json& value) = 0;  // null, bool, integer, double, Numeric
  virtual void text(std::string_view value) = 0;
  virtual void begin_object() = 0;
  virtual void key(std::string_view name) = 0;
  virtual void end_object() = 0;
  virtual void begin_list() = 0;
  virtual void end_list() = 0;

 protected:
  ~JsonEvents() = default;
};

// As parse_json, without making a document of it.
void read_json(std::string_view text, JsonEvents& events);

// Makes a text of what it is told: see dump_json.
class JsonText final : public JsonEvents {
 public:
  explicit JsonText(int indent = -1) : indent_(indent) {}
  std::string take() { return std::move(out_); }

  void scalar(const Json& value) override;
  void text(std::string_view value) override;
  void begin_object() override { open('{'); }
  void key(std::string_view name) override;
  void end_object() override { close('}'); }
  void begin_list() override { open('['); }
  void end_list() override { close(']'); }

 private:
  void begin_value();
  void begin_item();
  void break_line();
  void open(char bracket);
  void close(char bracket);
  void put(Null) { out_ += "null"; }
  void put(bool value) { out_ += value ? "true" : "false"; }
  void put(std::int64_t value);
  void put(double value);
  void put(const Numeric& value);
  void put(std::string_view text);
  void put(const Json::List&) {}
  void put(const Json::Object&) {}

  std::string out_;
  int indent_;
  int depth_ = 0;
  bool empty_ = true;  // the container at hand has nothing in it yet
  bool after_key_ = false;
};

// Raises kConfig with line and column in the text. Depth is limited to 500.
Json parse_json(std::string_view text);

// Compact when indent < 0. Invalid UTF-8 becomes U+FFFD; NaN and infinity become null.
std::string dump_json(const Json& value, int indent = -1);

// A parameter or result as JSON (bytes as "\\x" hex text).
Json to_json(const Value& value);

}  // namespace tide
