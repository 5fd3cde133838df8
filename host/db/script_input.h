#pragma once

#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "db/sql_lexer.h"

namespace tide {

// What a script is read from: its text, and on top of that the values of variables being expanded. After the semicolon
// of a COPY the rest of its line stands on top too, because the data come first.
class ScriptInput {
 public:
  struct Source {
    SqlLexer lexer;
    std::unique_ptr<std::string> value = nullptr;  // of a variable; null when this is the script's own text
    std::string variable = {};
    std::size_t script_at = 0;  // of a value: where the variable's name stands in the script

    std::size_t script_offset(std::size_t at) const { return value ? script_at : at; }
  };

  // The text must outlive the input.
  ScriptInput(std::string_view text, Dialect dialect);

  Source& top() { return sources_.back(); }
  bool is_nested() const { return sources_.size() > 1; }
  void pop() { sources_.pop_back(); }
  bool is_expanding(std::string_view variable) const;
  void push_value(std::string_view variable, std::string value, std::size_t script_at);

  // The lines after the current one, up to "\." or the end; reading goes on with the rest of the current line.
  std::string_view take_copy_data();

 private:
  std::size_t begin_copy_data();

  std::string_view text_;
  Dialect dialect_;
  std::vector<Source> sources_;
};

// The statement that is being read: a run of source text, broken where a variable or a command stands in it.
class StatementDraft {
 public:
  bool empty() const { return !open_ && segments_.empty(); }
  void add(std::size_t begin, std::size_t end);  // a token of the current source
  // Around what breaks the run; nothing happens before the first token.
  void suspend(const ScriptInput::Source& source, std::size_t end);
  void resume(std::size_t begin);
  void insert(std::string_view text, std::size_t script_at);  // what stands in the script in another spelling
  void finish(const ScriptInput::Source& source, ScriptPiece& piece);

 private:
  std::string text_;
  std::vector<ScriptPiece::Segment> segments_;
  bool open_ = false;
  std::size_t begin_ = 0;
  std::size_t end_ = 0;
};

}  // namespace tide
