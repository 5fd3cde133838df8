#include <algorithm>

#include "db/script_command.h"
#include "db/script_input.h"

namespace tide {

namespace {

// Places of offsets that mostly grow: each stretch of text is counted once, also when the script is one long line.
class PlaceMarker {
 public:
  explicit PlaceMarker(std::string_view text) : text_(text) {}

  Place at(std::size_t offset) {
    if (offset < offset_) *this = PlaceMarker(text_);
    const Place step = place_of(text_.substr(offset_), offset - offset_);
    place_.column = step.line > 1 ? step.column : place_.column + step.column - 1;
    place_.line += step.line - 1;
    offset_ = offset;
    return place_;
  }

 private:
  std::string_view text_;
  std::size_t offset_ = 0;
  Place place_;
};

}  // namespace

class ScriptReader::State {
 public:
  State(std::string text, std::string file_name, Dialect dialect)
      : file(std::move(file_name)), text_(std::move(text)), dialect_(dialect) {}

  bool next(ScriptPiece& piece) {
    piece = ScriptPiece();
    while (true) {
      SqlLexer& lexer = input_.top().lexer;
      lexer.skip_blanks();
      if (lexer.at_end()) {
        if (!input_.is_nested()) return !draft_.empty() && take_statement(piece);
        leave_source();
      } else if (lexer.peek() == '\\') {
        if (!take_escape()) return take_command(piece);
      } else if (lexer.peek() != ':' || !take_variable()) {
        if (take_token()) return take_statement(piece);
      }
    }
  }

  void rewind() {
    input_ = ScriptInput(text_, dialect_);
    draft_ = StatementDraft();
    end_.reset();
  }

  std::string_view text() const { return text_; }

  std::string file;
  Variables variables;

 private:
  // True when it completes a statement.
  bool take_token() {
    ScriptInput::Source& source = input_.top();
    const Token token = source.lexer.next();
    if (end_.ends_at(token, source.lexer.text(token))) {
      end_.reset();
      return !draft_.empty();
    }
    mark_begin(token.begin);
    draft_.add(token.begin, token.end);
    return false;
  }

  // "\;" and "\:" are the bare characters.
  bool take_escape() {
    const char escaped = input_.top().lexer.peek(1);
    if (escaped != ';' && escaped != ':') return false;
    replace(2, std::string(1, escaped), escaped == ';' ? TokenKind::kSemicolon : TokenKind::kOperator);
    return true;
  }

  bool take_variable() {
    ScriptInput::Source& source = input_.top();
    const std::size_t at = source.lexer.at();
    const VariableUse use = find_variable(source.lexer.text(), at);
    std::string value;
    if (use.name.empty() || input_.is_expanding(use.name)) return false;
    if (!expand_variable(use, variables, dialect_, value)) return false;
    if (use.form != ':') {
      replace(use.end - at, value, TokenKind::kString);
      return true;
    }
    draft_.suspend(source, at);
    source.lexer.seek(use.end);
    input_.push_value(use.name, std::move(value), source.script_offset(at));
    draft_.resume(0);
    return true;
  }

  void replace(std::size_t length, const std::string& text, TokenKind kind) {
    ScriptInput::Source& source = input_.top();
    const std::size_t at = source.lexer.at();
    mark_begin(at);
    draft_.suspend(source, at);
    draft_.insert(text, source.script_offset(at));
    if (end_.ends_at({kind, at, at + length}, text)) end_.reset();
    source.lexer.seek(at + length);
    draft_.resume(at + length);
  }

  void leave_source() {
    const ScriptInput::Source& source = input_.top();
    draft_.suspend(source, source.lexer.text().size());
    input_.pop();
    draft_.resume(input_.top().lexer.at());
  }

  bool take_command(ScriptPiece& piece) {
    ScriptInput::Source& source = input_.top();
    const std::size_t at = source.lexer.at();
    ScriptCommand command = read_command(source.lexer.text(), at, variables, dialect_);
    piece.kind = ScriptPiece::Kind::kCommand;
    piece.text = std::move(command.word);
    piece.arguments = std::move(command.arguments);
    piece.problem = std::move(command.problem);
    piece.within_statement = !draft_.empty();
    put_place(piece, marker_.at(source.script_offset(at)));
    draft_.suspend(source, at);
    source.lexer.seek(command.end);
    draft_.resume(command.end);
    return true;
  }

  bool take_statement(ScriptPiece& piece) {
    draft_.finish(input_.top(), piece);
    put_place(piece, begin_);
    const bool copy = dialect_ == Dialect::kPostgres && same_word(std::string_view(piece.text).substr(0, 4), "COPY");
    if (copy && classify_sql(piece.text, dialect_).copy_from_stdin) {
      piece.kind = ScriptPiece::Kind::kCopyData;
      piece.copy_data = input_.take_copy_data();
    }
    return true;
  }

  // Remembers where the statement begins, while no later place has been asked for.
  void mark_begin(std::size_t at) {
    if (draft_.empty()) begin_ = marker_.at(input_.top().script_offset(at));
  }

  static void put_place(ScriptPiece& piece, Place place) {
    piece.line = place.line;
    piece.column = place.column;
  }

  std::string text_;
  Dialect dialect_;
  ScriptInput input_{text_, dialect_};
  StatementDraft draft_;
  Place begin_;  // of the draft
  StatementEnd end_{dialect_};
  PlaceMarker marker_{text_};
};

ScriptReader::ScriptReader(std::string text, std::string file, Dialect dialect)
    : state_(std::make_unique<State>(std::move(text), std::move(file), dialect)) {}
ScriptReader::ScriptReader(ScriptReader&&) noexcept = default;
ScriptReader& ScriptReader::operator=(ScriptReader&&) noexcept = default;
ScriptReader::~ScriptReader() = default;

bool ScriptReader::next(ScriptPiece& piece) { return state_->next(piece); }
void ScriptReader::rewind() { state_->rewind(); }
void ScriptReader::set_variable(const std::string& name, const std::string& value) { state_->variables[name] = value; }
ScriptReader::Variables& ScriptReader::variables() { return state_->variables; }
const std::string& ScriptReader::file() const { return state_->file; }

Place ScriptReader::place(const ScriptPiece& piece, std::size_t character) const {
  const std::size_t offset = utf8_offset(piece.text, character);
  const auto after = std::upper_bound(piece.segments.begin(), piece.segments.end(), offset,
                                      [](std::size_t at, const auto& segment) { return at < segment.text_at; });
  if (after == piece.segments.begin()) return {piece.line, piece.column};
  const ScriptPiece::Segment& segment = *(after - 1);
  return place_of(state_->text(), segment.script_at + (segment.fixed ? 0 : offset - segment.text_at));
}

}  // namespace tide
