#include <algorithm>
#include <lua.hpp>
#include <string>

#include "base/text.h"
#include "lua/convert.h"
#include "lua/db_session.h"
#include "lua/modules.h"
#include "lua/paths.h"
#include "lua/state.h"
#include "sys/file_changes.h"
#include "sys/files.h"
#include "tide/error.h"

namespace tide {

namespace {

std::string path_at(lua_State* L, int index) { return check_path(state_of(L).options(), check_text(L, index)); }

// A file or folder to be replaced, moved or removed as a whole: never one of those that confine the script.
std::string entry_at(lua_State* L, int index) {
  const LuaOptions& options = state_of(L).options();
  std::string path = check_entry(options, check_text(L, index));
  for (const std::string& root : {options.project_dir, options.run_dir}) {
    if (!root.empty() && path == real_path(root)) {
      throw Error(ErrorKind::kIo, cat(check_text(L, index), " is the folder that scripts work in: it stays"));
    }
  }
  return path;
}

std::string bytes_text(const std::string& text) { return cat(text.size(), text.size() == 1 ? " byte" : " bytes"); }

template <class Work>
int change(lua_State* L, const std::string& what, Work work) {
  state_of(L).effects().run("fs", what, work);
  return 0;
}

int l_append(lua_State* L) {
  const std::string path = path_at(L, 1), text = check_text(L, 2);
  return change(L, cat("append ", bytes_text(text), " to ", check_text(L, 1)), [&] { append_file(path, text); });
}

int l_copy(lua_State* L) {
  const std::string from = path_at(L, 1), to = path_at(L, 2);
  return change(L, cat("copy ", check_text(L, 1), " to ", check_text(L, 2)), [&] { copy_file(from, to); });
}

int l_exists(lua_State* L) {
  const std::string path = path_at(L, 1);
  lua_pushboolean(L, is_entry(path) ? 1 : 0);
  return 1;
}

int l_is_directory(lua_State* L) {
  lua_pushboolean(L, is_directory(path_at(L, 1)) ? 1 : 0);
  return 1;
}

int l_list(lua_State* L) {
  std::vector<std::string> names;
  for (auto& entry : list_directory(path_at(L, 1))) names.push_back(std::move(entry.name));
  std::sort(names.begin(), names.end());
  push_list(L, names);
  return 1;
}

int l_mkdir(lua_State* L) {
  const std::string path = path_at(L, 1);
  if (is_directory(path)) return 0;
  return change(L, cat("make the folder ", check_text(L, 1)), [&] { make_directories(path); });
}

int l_read(lua_State* L) {
  push_text(L, read_file(path_at(L, 1)));
  return 1;
}

// remove(path, recursive)
int l_remove(lua_State* L) {
  const std::string path = entry_at(L, 1);
  const bool recursive = lua_toboolean(L, 2) != 0;
  const bool there = is_entry(path);
  const std::string what = cat("remove ", check_text(L, 1), recursive ? " and all that is in it" : "");
  if (there) change(L, what, [&] { remove_file(path, recursive); });
  lua_pushboolean(L, there ? 1 : 0);
  return 1;
}

int l_rename(lua_State* L) {
  const std::string from = entry_at(L, 1), to = entry_at(L, 2);
  return change(L, cat("rename ", check_text(L, 1), " to ", check_text(L, 2)), [&] { rename_file(from, to); });
}

int l_size(lua_State* L) {
  push_integer(L, file_size(path_at(L, 1)));
  return 1;
}

int l_write(lua_State* L) {
  const std::string path = path_at(L, 1), text = check_text(L, 2);
  return change(L, cat("write ", bytes_text(text), " to ", check_text(L, 1)), [&] { write_file(path, text); });
}

}  // namespace

static constexpr NativeEntry kEntries[] = {
    {"append", l_append}, {"copy", l_copy},   {"exists", l_exists}, {"is_directory", l_is_directory},
    {"list", l_list},     {"mkdir", l_mkdir}, {"read", l_read},     {"remove", l_remove},
    {"rename", l_rename}, {"size", l_size},   {"write", l_write},
};
const NativeModule kFsModule = {"fs", kEntries, std::size(kEntries)};

}  // namespace tide
