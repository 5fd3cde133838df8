#include "cli/app.h"

#include <unistd.h>

#include <algorithm>

#include "base/text.h"
#include "cli/commands.h"
#include "cli/error_screen.h"
#include "cli/help.h"
#include "cli/json_report.h"
#include "cli/session.h"
#include "sys/files.h"

namespace tide {
namespace {

class App {
 public:
  App(const std::vector<std::string>& words, const Variables& process, std::FILE* data, std::FILE* messages)
      : words_(words), process_(process), output_(data, messages, redactor_) {}

  int run() {
    int code = guarded([this] { return call(); });
    const int finished = guarded([this] { return output_.finish(), 0; });
    return code == 0 ? finished : code;
  }

 private:
  template <class Work>
  int guarded(Work work) {
    try {
      return work();
    } catch (const Error& error) {
      return fail(error);
    } catch (const std::exception& error) {
      return fail(Error(ErrorKind::kInternal, error.what()));
    }
  }

  int call() {
    const CommandLine& line = command_line();
    Args args = parse_args(words_, line);
    if (args.has("version")) return output_.print(cat("tide ", TIDE_VERSION, "\n")), 0;
    if (!args.command) return without_command(args, line);
    if (args.has("help")) return output_.print(command_help(line, *args.command)), 0;
    require_positionals(args);
    take_variables(args, line, process_, Origin::kVariable);
    session_ = std::make_unique<Session>(std::move(args), line, process_, output_, redactor_);
    return session_->args().command->run(*session_);
  }

  int without_command(const Args& args, const CommandLine& line) {
    if (args.has("help")) return output_.print(overview(line)), 0;
    output_.message(overview(line));
    return exit_code(ErrorKind::kUsage);
  }

  int fail(const Error& raised) {
    const Error error = session_ ? session_->advised(raised) : raised;
    if (session_) session_->log_error(error);
    if (wants_json()) {
      output_.document(failure_json(error));
    } else {
      output_.message(error_screen(error, screen_options()));
    }
    return exit_code(error.kind);
  }

  // Also when the command line could not be read.
  bool wants_json() const {
    if (session_) return session_->json();
    return std::find(words_.begin(), words_.end(), "--json") != words_.end();
  }

  ScreenOptions screen_options() const { return session_ ? session_->screen_options() : ScreenOptions{}; }

  const std::vector<std::string>& words_;
  const Variables& process_;
  Redactor redactor_;
  Output output_;
  std::unique_ptr<Session> session_;
};

}  // namespace

int run_app(const std::vector<std::string>& words, const Variables& process, std::FILE* data, std::FILE* messages) {
  return App(words, process, data, messages).run();
}

}  // namespace tide
