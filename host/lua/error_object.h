#pragma once

#include <string_view>

#include "tide/error.h"

struct lua_State;

namespace tide {

// An error as Lua sees it: a table with the fields of tide.Error in stdlib/meta (kind, message, sqlstate, ... cause),
// whose tostring() is "file:line: message".
void push_error(lua_State* L, const Error& error);

// Whatever was raised, as an Error: error objects keep their fields, anything else becomes its text.
Error to_error(lua_State* L, int index);

// Takes "path:12: " off the front of the message, the only place where the parser and luaL_where say it: a long path is
// cut from the left there. Another script's path counts too. False when the message begins otherwise.
bool take_place(Error& error, std::string_view path);

// Gives the error the place in the running script where it has none, and raises it. Does not return.
int raise(lua_State* L, Error error);

// The message handler of the one door: turns what was raised into an error object with a traceback.
int describe_error(lua_State* L);

// Message handler of the stdlib's own protected calls: { value =, described = }, what was raised and the error object
// that describe_error would have made of it there. l_rethrow raises such a value again, unchanged, and the description
// keeps its place and traceback.
int l_catch(lua_State* L);
int l_rethrow(lua_State* L);

// raise{ kind =, message =, ... }: how the stdlib raises an error of a kind.
int l_raise(lua_State* L);

}  // namespace tide
