#include "db/script_input.h"

#include <algorithm>

namespace tide {

namespace {

constexpr std::size_t npos = std::string_view::npos;

// The line that begins at `at` is the end mark "\.": the offset after it, or npos.
std::size_t end_mark(std::string_view text, std::size_t at) {
  if (text.substr(at, 2) != "\\.") return npos;
  at += 2;
  if (text.substr(at, 1) == "\r") ++at;
  if (at >= text.size()) return text.size();
  return text[at] == '\n' ? at + 1 : npos;
}

}  // namespace

ScriptInput::ScriptInput(std::string_view text, Dialect dialect) : text_(text), dialect_(dialect) {
  sources_.push_back({SqlLexer(text, dialect)});
}

bool ScriptInput::is_expanding(std::string_view variable) const {
  return std::any_of(sources_.begin(), sources_.end(),
                     [&](const Source& source) { return source.value && source.variable == variable; });
}

void ScriptInput::push_value(std::string_view variable, std::string value, std::size_t script_at) {
  auto held = std::make_unique<std::string>(std::move(value));
  const SqlLexer lexer(*held, dialect_);
  sources_.push_back({lexer, std::move(held), std::string(variable), script_at});
}

std::size_t ScriptInput::begin_copy_data() {
  const std::size_t at = sources_.front().lexer.at();
  const bool rest_of_line_is_held = sources_.size() > 1 && !sources_[1].value;
  if (rest_of_line_is_held) return at;
  const std::size_t line_end = std::min(text_.find('\n', at), text_.size() - 1) + 1;
  SqlLexer rest(text_.substr(0, line_end), dialect_, at);
  rest.skip_blanks();
  if (!rest.at_end()) sources_.insert(sources_.begin() + 1, Source{rest});
  return line_end;
}

std::string_view ScriptInput::take_copy_data() {
  const std::size_t begin = begin_copy_data();
  std::size_t end = begin;
  std::size_t after = end_mark(text_, end);
  while (after == npos) {
    const std::size_t newline = text_.find("\n\\.", end);
    end = newline == npos ? text_.size() : newline + 1;
    after = newline == npos ? text_.size() : end_mark(text_, end);
  }
  sources_.front().lexer.seek(after);
  return text_.substr(begin, end - begin);
}

void StatementDraft::add(std::size_t begin, std::size_t end) {
  if (!open_) begin_ = begin;
  open_ = true;
  end_ = end;
}

void StatementDraft::suspend(const ScriptInput::Source& source, std::size_t end) {
  if (!open_) return;
  open_ = false;
  segments_.push_back({text_.size(), source.script_offset(begin_), source.value != nullptr});
  text_.append(source.lexer.text().substr(begin_, end - begin_));
}

void StatementDraft::resume(std::size_t begin) {
  if (!segments_.empty()) add(begin, begin);
}

void StatementDraft::insert(std::string_view text, std::size_t script_at) {
  segments_.push_back({text_.size(), script_at, true});
  text_.append(text);
}

void StatementDraft::finish(const ScriptInput::Source& source, ScriptPiece& piece) {
  suspend(source, end_);
  piece.text = std::move(text_);
  piece.segments = std::move(segments_);
  *this = StatementDraft();
}

}  // namespace tide
