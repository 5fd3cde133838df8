#include "repl/flags.h"

#include <unistd.h>

#include <iostream>
#include <iterator>

#include "base/text.h"
#include "cli/session.h"

namespace tide {

RowFormat chosen_format(const Session& session) {
  RowFormat chosen = RowFormat::kAligned;
  std::vector<std::string> given;
  for (const RowFormatRow& row : row_formats()) {
    if (!session.args().has(row.name)) continue;
    chosen = row.format;
    given.push_back(cat("--", row.name));
  }
  if (given.size() > 1) throw Error(ErrorKind::kUsage, cat("only one of ", join(given, " and "), " can be given"));
  return chosen;
}

std::string text_or_input(const Session& session, const std::string& positional) {
  const std::string given = session.args().text(positional);
  if (session.args().has(positional) && given != "-") return given;
  if (given != "-" && ::isatty(STDIN_FILENO) != 0) {
    throw Error(ErrorKind::kUsage,
                cat(session.args().command->name, " takes ", positional, " as an argument or on standard input"));
  }
  return {std::istreambuf_iterator<char>(std::cin), std::istreambuf_iterator<char>()};
}

}  // namespace tide
