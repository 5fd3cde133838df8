#include "lua/modules.h"

#include <lua.hpp>

namespace tide {

void push_native_modules(lua_State* L) {
  static const NativeModule* const kModules[] = {
      &kBackupModule,   // backup.*
      &kCopyModule,     // bulk loads, CSV files
      &kCsvModule,      // rows of CSV files, and files of rows
      &kDataModule,     // what tide.data is made of
      &kDbModule,       // sessions, statements, rows
      &kDigestModule,   // sha256
      &kFsModule,       // fs.*
      &kHostModule,     // what only the prelude may see: loading, raising, bytecode
      &kHttpModule,     // http.*
      &kInputsModule,   // env, secret, confirm, ask
      &kJsonModule,     // json.decode, json.encode
      &kLogModule,      // log.*, print, progress
      &kMailModule,     // mail over SMTP
      &kNumericModule,  // exact decimals, null, bytes
      &kRunbookModule,  // the journal of a runbook, its migrations
      &kSchemaModule,   // schema.*
      &kShellModule,    // shell.*
      &kTimeModule,     // time.*
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
