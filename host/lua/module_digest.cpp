#include <lua.hpp>
#include <string>

#include "lua/convert.h"
#include "lua/db_session.h"
#include "lua/modules.h"
#include "lua/paths.h"
#include "lua/state.h"
#include "sys/digest.h"
#include "sys/file_changes.h"

namespace tide {

namespace {

// sha256(text) -> hex
int l_sha256(lua_State* L) {
  push_text(L, sha256_hex(check_text(L, 1)));
  return 1;
}

// sha256_file(path) -> hex
int l_sha256_file(lua_State* L) {
  Sha256 hash;
  read_pieces(check_path(state_of(L).options(), check_text(L, 1)), [&](std::string_view piece) { hash.update(piece); });
  push_text(L, hash.hex());
  return 1;
}

}  // namespace

static constexpr NativeEntry kEntries[] = {
    {"sha256", l_sha256},
    {"sha256_file", l_sha256_file},
};
const NativeModule kDigestModule = {"digest", kEntries, std::size(kEntries)};

}  // namespace tide
