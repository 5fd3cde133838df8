#include "cli/statement_place.h"

#include "base/text.h"

namespace tide {
namespace {

// Of several copies of a statement, the one that the place lies in.
bool stands_at(const SentStatement& sent, const std::string& text, std::size_t at) {
  if (sent.position > 0 && sent.column > 0) {
    const auto offset = utf8_offset(sent.sql, static_cast<std::size_t>(sent.position));
    const Place place = place_of(text, at + offset);
    return place.line == sent.line && place.column == sent.column;
  }
  return place_of(text, at).line <= sent.line && sent.line <= place_of(text, at + sent.sql.size()).line;
}

}  // namespace

int line_of_statement(const std::string& file_text, const SentStatement& sent) {
  if (sent.sql.empty()) return 0;
  for (auto at = file_text.find(sent.sql); at != std::string::npos; at = file_text.find(sent.sql, at + 1)) {
    if (stands_at(sent, file_text, at)) return place_of(file_text, at).line;
  }
  return 0;
}

}  // namespace tide
