#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

namespace tide {

struct Null {
  friend bool operator==(Null, Null) { return true; }
};

// An exact decimal, as text: optional sign, digits, optional fraction. Never an exponent, NaN or infinity
// (those travel as double).
struct Numeric {
  std::string text;
  friend bool operator==(const Numeric& a, const Numeric& b) { return a.text == b.text; }
};

// Bytes that are not text: bytea, BLOB.
struct Bytes {
  std::string data;
  friend bool operator==(const Bytes& a, const Bytes& b) { return a.data == b.data; }
};

struct Value;
using Array = std::vector<Value>;

// One value on its way to or from a database. A std::string is text, or bytes where the database says that
// the parameter is bytes.
struct Value {
  std::variant<Null, bool, std::int64_t, double, Numeric, std::string, Bytes, Array> data;

  Value() = default;
  Value(Null) {}
  Value(bool v) : data(v) {}
  Value(int v) : data(static_cast<std::int64_t>(v)) {}
  Value(std::int64_t v) : data(v) {}
  Value(double v) : data(v) {}
  Value(Numeric v) : data(std::move(v)) {}
  Value(const char* v) : data(std::string(v)) {}
  Value(std::string_view v) : data(std::string(v)) {}
  Value(std::string v) : data(std::move(v)) {}
  Value(Bytes v) : data(std::move(v)) {}
  Value(Array v) : data(std::move(v)) {}

  bool is_null() const { return std::holds_alternative<Null>(data); }
  friend bool operator==(const Value& a, const Value& b) { return a.data == b.data; }
};

// One cell of a row that is being read. Views stay valid until the cursor moves.
struct Cell {
  enum class Kind : std::uint8_t { kNull, kBool, kInteger, kFloat, kNumeric, kText, kBytes, kArray };
  Kind kind = Kind::kNull;
  union {
    bool boolean;
    std::int64_t integer = 0;
    double real;
  };
  std::string_view text;  // kNumeric, kText, kBytes (decoded)
};

}  // namespace tide
