#include "db/postgres_parameters.h"

#include <algorithm>

#include "base/text.h"
#include "db/postgres_encode.h"

namespace tide {
namespace {

constexpr Oid kBytea = 17;
constexpr Oid kByteaArray = 1001;

Value as_bytes(const Value& value) {
  if (const auto* text = std::get_if<std::string>(&value.data)) return Bytes{*text};
  const auto* array = std::get_if<Array>(&value.data);
  if (array == nullptr) return value;
  Array out;
  for (const Value& element : *array) out.push_back(as_bytes(element));
  return out;
}

void require_text(const Value& value, const std::string& what) {
  if (const auto* array = std::get_if<Array>(&value.data)) {
    for (const Value& element : *array) require_text(element, what);
  }
  const auto* text = std::get_if<std::string>(&value.data);
  if (text == nullptr) return;
  const std::size_t nul = text->find('\0');
  if (nul != text->npos) {
    throw Error(ErrorKind::kSql, cat(what, " has a NUL byte at offset ", nul,
                                     "; a text of PostgreSQL holds any character but NUL, only bytea holds any byte"));
  }
  const std::size_t bad = first_bad_utf8(*text);
  if (bad != text->npos) {
    throw Error(ErrorKind::kSql, cat(what, " is not UTF-8 from byte offset ", bad,
                                     "; a text must be valid UTF-8, only bytea holds any byte"));
  }
}

}  // namespace

bool text_is_ambiguous(const Value& value) {
  if (const auto* array = std::get_if<Array>(&value.data)) {
    return std::any_of(array->begin(), array->end(), text_is_ambiguous);
  }
  const auto* text = std::get_if<std::string>(&value.data);
  if (text == nullptr) return false;
  const auto special = [](char c) { return c == '\\' || c == '\0' || static_cast<unsigned char>(c) >= 0x80; };
  return std::any_of(text->begin(), text->end(), special);
}

Value as_type(const Value& value, Oid oid, const std::string& what) {
  if (oid == kBytea || oid == kByteaArray) return as_bytes(value);
  require_text(value, what);
  return value;
}

PostgresParameters::PostgresParameters(PostgresSession& session, const std::string& sql,
                                       const std::vector<Value>& values) {
  for (std::size_t i = 0; i < values.size(); ++i) {
    if (!text_is_ambiguous(values[i])) {
      texts_.push_back(encode_text(values[i]));
      continue;
    }
    const std::vector<Oid>& types = session.parameter_types(sql);
    texts_.push_back(encode_text(as_type(values[i], i < types.size() ? types[i] : 0, cat("parameter $", i + 1))));
  }
  for (std::size_t i = 0; i < values.size(); ++i) {
    pointers_.push_back(values[i].is_null() ? nullptr : texts_[i].c_str());
  }
}

}  // namespace tide
