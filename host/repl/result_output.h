#pragma once

#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "repl/rows.h"

namespace tide {

class Session;
class TerminalPipe;
struct ShellSettings;

// Where a result goes: to a file (\o), or to standard output; on a terminal by way of $PAGER once it is longer than the
// screen. What the person does in the pager does not hold back an error.
class ResultOutput {
 public:
  ResultOutput(Session& session, const std::string& file, bool interactive);
  ~ResultOutput();

  void write(std::string_view text);

 private:
  bool page(std::string_view text);

  Session& session_;
  std::string file_;
  std::string pager_;  // empty = none
  std::string held_;   // until it is known whether it fits the screen
  std::size_t lines_ = 0;
  std::unique_ptr<TerminalPipe> pipe_;
};

// What rows look like: as asked, as the file of \o is called (.csv, .json, .md), or as \x says.
RowFormat result_format(const ShellSettings& settings, std::optional<RowFormat> asked);
RowFormat format_of_file(const std::string& path, RowFormat otherwise);

}  // namespace tide
