#include <filesystem>

#include "base/text.h"
#include "cli/commands.h"
#include "cli/session.h"
#include "cli/templates.h"
#include "lua/stdlib.h"
#include "sys/files.h"

namespace tide {
namespace {

namespace fs = std::filesystem;

class Scaffold {
 public:
  explicit Scaffold(std::string dir) : dir_(std::move(dir)) {}

  void directory(const std::string& name) {
    const std::string path = cat(dir_, "/", name);
    note(name + "/", is_directory(path));
    make_directories(path);
  }

  void file(const std::string& name, const std::string& text) {
    const std::string path = cat(dir_, "/", name);
    const bool exists = fs::exists(fs::symlink_status(path));
    note(name, exists);
    if (!exists) write_file(path, text);
  }

  void show(Session& session) const {
    if (session.json()) {
      session.output().document(Json::Object{{"created", list(created_)}, {"kept", list(kept_)}});
      return;
    }
    for (const std::string& name : created_) session.output().print(cat("created  ", name, "\n"));
    for (const std::string& name : kept_) session.output().print(cat("kept     ", name, "\n"));
    session.say("\nnext: tide new \"create users\", then tide up");
  }

 private:
  void note(const std::string& name, bool exists) { (exists ? kept_ : created_).push_back(name); }

  static Json list(const std::vector<std::string>& names) { return Json::List(names.begin(), names.end()); }

  std::string dir_;
  std::vector<std::string> created_;
  std::vector<std::string> kept_;
};

// What editors know of the scripts' world: of this tide, so they are written again each time.
void write_stubs(const std::string& dir, const std::string& stdlib) {
  for (const std::string& path : stdlib_paths()) {
    if (starts_with(path, "meta/")) write_file(cat(dir, "/.tide/", path), stdlib_text(path, stdlib));
  }
}

}  // namespace

int run_init(Session& session) {
  const std::string dir = session.args().text("project", ".");
  make_directories(dir);
  Scaffold scaffold(dir);
  scaffold.file("tide.toml", project_template());
  scaffold.directory("migrations");
  scaffold.directory("scripts");
  scaffold.file(".luarc.json", luarc_template());
  scaffold.directory(".tide/meta");
  write_stubs(dir, session.args().text("stdlib"));
  scaffold.file(".gitignore", gitignore_template());
  scaffold.show(session);
  return 0;
}

}  // namespace tide
