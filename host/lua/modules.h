#pragma once

#include <cstddef>

struct lua_State;

namespace tide {

class LuaState;

using NativeFunction = int (*)(lua_State*);

// A row of a module's table of contents.
struct NativeEntry {
  const char* name;
  NativeFunction function;
};

// A row of the module table. The prelude decides which of its functions a script sees, and under what name.
struct NativeModule {
  const char* name;
  const NativeEntry* entries;
  std::size_t count;
};

// { db = { execute = f, ... }, json = { ... }, ... } on top of the stack.
void push_native_modules(lua_State* L);

LuaState& state_of(lua_State* L);

extern const NativeModule kBackupModule;
extern const NativeModule kCopyModule;
extern const NativeModule kCsvModule;
extern const NativeModule kDataModule;
extern const NativeModule kDbModule;
extern const NativeModule kDigestModule;
extern const NativeModule kFsModule;
extern const NativeModule kInputsModule;
extern const NativeModule kJsonModule;
extern const NativeModule kLogModule;
extern const NativeModule kMailModule;
extern const NativeModule kNumericModule;
extern const NativeModule kHostModule;
extern const NativeModule kHttpModule;
extern const NativeModule kRunbookModule;
extern const NativeModule kShellModule;
extern const NativeModule kSchemaModule;
extern const NativeModule kTimeModule;

}  // namespace tide
