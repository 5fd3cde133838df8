#include <random>

#include "backup/copy.h"
#include "base/text.h"
#include "sys/process.h"
#include "tide/error.h"

namespace tide {
namespace {

void run_or_fail(std::vector<std::string> argv, const std::string& input, const std::string& what) {
  Command command;
  command.argv = std::move(argv);
  command.inherit_env = true;  // the agent's socket among them
  command.stdin_text = input;
  const CommandResult result = run_command(command);
  if (result.ok()) return;
  throw Error(ErrorKind::kIo, cat(what, ": ", command.argv.front(), " failed with exit code ", result.code, ": ",
                                  trim(result.err.empty() ? result.out : result.err)));
}

void run_there(const std::string& host, const std::string& command, const std::string& input, const std::string& what) {
  run_or_fail({"ssh", "-o", "BatchMode=yes", "--", host, command}, input, what);
}

std::string checksum_lines(const Manifest& manifest) {
  std::string lines;
  for (const BackupFile& file : manifest.files) lines += cat(file.sha256, "  ", file.name, "\n");
  return lines;
}

}  // namespace

void copy_by_ssh(const BackupContext& context, const StoredBackup& backup, const std::string& host,
                 const std::string& folder) {
  const std::string label = cat("copy ", backup.label, " to ", host);
  const std::string temporary = cat(folder, "/.tmp-", backup.label, "-", std::random_device()() % 1000000);
  const std::string final_name = cat(folder, "/", backup.label);
  context.progress(label, 0, backup.manifest->size());
  run_there(host, cat("test ! -e ", shell_quoted(final_name), " && mkdir -p ", shell_quoted(folder)), "",
            cat("there is a backup '", backup.label, "' on ", host, " already, or it cannot be reached"));
  try {
    run_or_fail({"scp", "-B", "-q", "-r", "--", backup.folder, cat(host, ":", temporary)}, "",
                cat("the backup could not be sent to ", host));
    run_there(host, cat("cd ", shell_quoted(temporary), " && sha256sum --check --quiet -"),
              checksum_lines(*backup.manifest), cat("what arrived on ", host, " could not be proven"));
    run_there(host, cat("sync && mv -T ", shell_quoted(temporary), " ", shell_quoted(final_name)), "",
              cat("the copy on ", host, " did not get its name"));
  } catch (const Error& error) {
    Command clean;
    clean.argv = {"ssh", "-o", "BatchMode=yes", "--", host, cat("rm -rf ", shell_quoted(temporary))};
    clean.inherit_env = true;
    run_command(clean);
    throw;
  }
  context.progress(label, backup.manifest->size(), backup.manifest->size());
}

}  // namespace tide
