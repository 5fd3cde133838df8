#include "db/copy_lines.h"

#include <algorithm>

#include "db/postgres_encode.h"

namespace tide {

void CopyLines::separate() {
  if (text_.size() > begin_of(rows())) text_.push_back('\t');
}

void CopyLines::add(const Cell& cell) {
  separate();
  append_copy_field(text_, cell);
}

void CopyLines::add(const Value& value, std::uint32_t oid, const std::string& what) {
  separate();
  if (!text_is_ambiguous(value)) return append_copy_field(text_, value);
  append_copy_field(text_, as_type(value, oid, what));
}

void CopyLines::add(std::string_view text, std::uint32_t oid, const std::string& what) {
  const auto plain = [](char c) { return c >= ' ' && c < '\x7f' && c != '\\'; };
  if (!std::all_of(text.begin(), text.end(), plain)) return add(Value(text), oid, what);
  separate();
  text_.append(text);
}

void CopyLines::end_row() {
  text_.push_back('\n');
  ends_.push_back(text_.size());
}

void CopyLines::drop_open_row() { text_.resize(begin_of(rows())); }

void CopyLines::clear() {
  text_.clear();
  ends_.clear();
}

std::string_view CopyLines::text(std::size_t first, std::size_t last) const {
  const std::size_t begin = begin_of(first);
  return std::string_view(text_).substr(begin, begin_of(last) - begin);
}

}  // namespace tide
