#include <unistd.h>

#include <cstdlib>

#include "base/text.h"
#include "cli/session.h"
#include "repl/commands.h"
#include "repl/shell.h"
#include "sys/files.h"
#include "sys/process.h"
#include "sys/process_terminal.h"

namespace tide {
namespace {

// A file that only we may read, gone with the object.
class EditedFile {
 public:
  explicit EditedFile(const std::string& text) {
    const int file = ::mkstemps(path_.data(), 4);
    if (file < 0) throw Error(ErrorKind::kIo, cat("no temporary file can be made: ", path_));
    ::close(file);
    write_file(path_, text);
  }
  ~EditedFile() { ::unlink(path_.c_str()); }
  EditedFile(const EditedFile&) = delete;
  EditedFile& operator=(const EditedFile&) = delete;

  const std::string& path() const { return path_; }

 private:
  std::string path_ = "/tmp/tide-edit-XXXXXX.sql";
};

std::string editor_of(const Session& session) {
  for (const char* name : {"TIDE_EDITOR", "VISUAL", "EDITOR"}) {
    if (const auto given = session.variable(name); given && !given->empty()) return *given;
  }
  return "vi";
}

std::string last_input(const Shell& shell) {
  if (shell.done().empty()) return "";
  const Done& last = shell.done().back();
  return last.text + (last.kind == Input::Kind::kSql ? ";\n" : "\n");
}

std::string edited(Shell& shell, const std::string& path) {
  const int code = run_on_terminal(cat(editor_of(shell.session()), " ", shell_quoted(path)));
  if (code != 0) throw Error(ErrorKind::kIo, cat("the editor exited with code ", code, ": nothing was run"));
  return read_file(path);
}

}  // namespace

void edit_input(Shell& shell, const std::string&, const std::string& argument) {
  if (!shell.interactive()) throw Error(ErrorKind::kUsage, "\\e needs a terminal");
  if (!argument.empty()) return shell.feed(edited(shell, argument));
  const std::string before = last_input(shell);
  const EditedFile file(before);
  const std::string after = edited(shell, file.path());
  if (trim(after).empty() || after == before) return shell.say("not changed, not run");
  shell.print(after + (ends_with(after, "\n") ? "" : "\n"));
  shell.feed(after);
}

}  // namespace tide
