#include "lua/modules.h"

#include <lua.hpp>

namespace tide {

void push_native_modules(lua_State* L) {
  static const NativeModule* const kModules[] = {
      &kCopyModule,     // bulk loads, CSV files
      &kDbModule,       // sessions, statements, rows
      &kHostModule,     // what only the prelude may see: loading, raising, bytecode
      &kJsonModule,     // json.decode, json.encode
      &kLogModule,      // log.*, print, progress
      &kNumericModule,  // exact decimals, null, bytes
  };
  lua_newtable(L);
  for (const auto* module : kModules) {
    lua_createtable(L, 0, static_cast<int>(module->count));
    for (std::size_t i = 0; i < module->count; ++i) {
      lua_pushcfunction(L, module->entries[i].function);
      lua_setfield(L, -2, module->entries[i].name);
    }
    lua_setfield(L, -2, module->name);
  }
}

}  // namespace tide
