#pragma once

#include <cstddef>
#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

namespace tide {

// What may stand at the cursor instead of the word before it.
struct Completion {
  std::size_t word_begin = 0;  // byte offset in the line
  std::vector<std::string> candidates;
};

// Lines typed at a terminal, with editing, history (up, down, Ctrl-R) and completion (Tab). libedit, of which nothing
// is seen outside. One at a time: it owns the terminal while it reads.
class LineEditor {
 public:
  using Completer = std::function<Completion(std::string_view line_to_cursor)>;
  enum class End : unsigned char {
    kLine,
    kEnd,          // Ctrl-D on an empty line, or the terminal is gone
    kInterrupted,  // Ctrl-C: the line was given up
  };

  explicit LineEditor(Completer completer);
  ~LineEditor();
  LineEditor(const LineEditor&) = delete;
  LineEditor& operator=(const LineEditor&) = delete;

  // The prompt may hold colours, each between two \001. What was pasted comes as one line with newlines in it.
  End read(const std::string& prompt, std::string& line);
  void remember(const std::string& entry);

 private:
  class Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace tide
