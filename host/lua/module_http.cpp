#include <algorithm>
#include <lua.hpp>
#include <map>
#include <new>
#include <optional>
#include <string>

#include "base/text.h"
#include "lua/convert.h"
#include "lua/db_session.h"
#include "lua/error_object.h"
#include "lua/modules.h"
#include "lua/paths.h"
#include "lua/state.h"
#include "sys/files.h"
#include "sys/http.h"
#include "tide/error.h"

namespace tide {

namespace {

// What a script hands over has been checked and put into this form by stdlib/host/http.lua.
struct TextField {
  const char* name;
  std::string HttpRequest::*member;
};
constexpr TextField kTextFields[] = {
    {"method", &HttpRequest::method},     {"url", &HttpRequest::url},
    {"bearer", &HttpRequest::bearer},     {"user", &HttpRequest::user},
    {"password", &HttpRequest::password}, {"client_key_password", &HttpRequest::client_key_password},
};
constexpr TextField kFileFields[] = {{"body_file", &HttpRequest::body_file}, {"to_file", &HttpRequest::to_file}};
constexpr TextField kPemFields[] = {
    {"ca", &HttpRequest::ca}, {"client_cert", &HttpRequest::client_cert}, {"client_key", &HttpRequest::client_key}};
struct NumberField {
  const char* name;
  std::int64_t HttpRequest::*member;
};
constexpr NumberField kNumberFields[] = {{"timeout_ms", &HttpRequest::timeout_ms},
                                         {"connect_timeout_ms", &HttpRequest::connect_timeout_ms},
                                         {"idle_timeout_ms", &HttpRequest::idle_timeout_ms},
                                         {"max_size", &HttpRequest::max_size}};
struct AwsField {
  const char* name;
  std::string AwsSigning::*member;
};
constexpr AwsField kAwsFields[] = {{"access_key", &AwsSigning::access_key},
                                   {"secret_key", &AwsSigning::secret_key},
                                   {"session_token", &AwsSigning::session_token},
                                   {"region", &AwsSigning::region},
                                   {"service", &AwsSigning::service}};

std::optional<std::string> text_field(lua_State* L, int index, const char* name) {
  lua_getfield(L, index, name);
  std::optional<std::string> text;
  if (lua_type(L, -1) == LUA_TSTRING) text = check_text(L, lua_gettop(L));
  lua_pop(L, 1);
  return text;
}

std::optional<double> number_field(lua_State* L, int index, const char* name) {
  lua_getfield(L, index, name);
  std::optional<double> number;
  if (lua_type(L, -1) == LUA_TNUMBER) number = lua_tonumber(L, -1);
  lua_pop(L, 1);
  return number;
}

// Calls read(index) for each member of the list in the field.
template <class Read>
void each_of(lua_State* L, int index, const char* name, Read read) {
  lua_getfield(L, index, name);
  const int list = lua_gettop(L);
  for (int i = 1; lua_istable(L, list) && i <= static_cast<int>(lua_objlen(L, list)); ++i) {
    lua_rawgeti(L, list, i);
    read(lua_gettop(L));
    lua_pop(L, 1);
  }
  lua_pop(L, 1);
}

// A certificate is handed to TLS and never seen by the script: its file may be anywhere.
std::string pem_at(const LuaOptions& options, const std::string& pem) {
  const bool is_text = pem.find("-----BEGIN") != std::string::npos;
  return is_text ? pem : absolute_path(pem, options.project_dir);
}

void read_lists(lua_State* L, const LuaOptions& options, HttpRequest& request) {
  each_of(L, 1, "headers", [&](int header) {
    request.headers.emplace_back(text_field(L, header, "name").value_or(""),
                                 text_field(L, header, "value").value_or(""));
  });
  each_of(L, 1, "parts", [&](int part) {
    const std::string file = text_field(L, part, "file").value_or("");
    request.parts.push_back({text_field(L, part, "name").value_or(""), text_field(L, part, "text").value_or(""),
                             file.empty() ? "" : check_path(options, file),
                             text_field(L, part, "file_name").value_or(""), text_field(L, part, "type").value_or("")});
  });
}

std::optional<AwsSigning> read_aws(lua_State* L) {
  std::optional<AwsSigning> aws;
  lua_getfield(L, 1, "aws_sigv4");
  if (lua_istable(L, -1)) {
    aws.emplace();
    for (const auto& field : kAwsFields) {
      if (auto text = text_field(L, lua_gettop(L), field.name)) (*aws).*field.member = *text;
    }
  }
  lua_pop(L, 1);
  return aws;
}

HttpRequest::Version read_version(lua_State* L) {
  lua_getfield(L, 1, "http2");
  const bool given = !lua_isnil(L, -1);
  const bool wanted = lua_toboolean(L, -1) != 0;
  lua_pop(L, 1);
  if (!given) return HttpRequest::Version::kNegotiated;
  return wanted ? HttpRequest::Version::kOnly2 : HttpRequest::Version::kOnly1;
}

HttpRequest read_request(lua_State* L) {
  luaL_checktype(L, 1, LUA_TTABLE);
  const LuaOptions& options = state_of(L).options();
  HttpRequest request;
  for (const auto& field : kTextFields) request.*field.member = text_field(L, 1, field.name).value_or("");
  for (const auto& field : kFileFields) {
    if (const auto path = text_field(L, 1, field.name)) request.*field.member = check_path(options, *path);
  }
  for (const auto& field : kPemFields) {
    if (const auto pem = text_field(L, 1, field.name)) request.*field.member = pem_at(options, *pem);
  }
  for (const auto& field : kNumberFields) {
    if (const auto number = number_field(L, 1, field.name)) request.*field.member = static_cast<std::int64_t>(*number);
  }
  request.retries = static_cast<int>(number_field(L, 1, "retries").value_or(0));
  request.follow = static_cast<int>(number_field(L, 1, "follow").value_or(0));
  lua_getfield(L, 1, "idempotent");
  request.idempotent = lua_toboolean(L, -1) != 0;
  lua_pop(L, 1);
  request.body = text_field(L, 1, "body");
  request.proxy = text_field(L, 1, "proxy");
  request.version = read_version(L);
  request.aws = read_aws(L);
  read_lists(L, options, request);
  return request;
}

bool names_secret(const std::string& header) {
  const std::string name = lower(header);
  const auto holds = [&](const char* part) { return name.find(part) != std::string::npos; };
  return holds("authorization") || holds("cookie") || holds("token") || holds("secret") || holds("key") ||
         holds("password") || holds("signature");
}

std::string password_in(const std::string& url) {
  const auto at = url.rfind('@');
  const auto begin = url.find("://");
  if (at == std::string::npos || begin == std::string::npos || at < begin + 3) return "";
  const auto colon = url.find(':', begin + 3);
  return colon < at ? url.substr(colon + 1, at - colon - 1) : "";
}

// What was given to be kept from others is masked from now on, also where a server sends it back.
void hide_secrets(const LuaOptions& options, const HttpRequest& request) {
  if (!options.add_secret) return;
  const auto hide = [&](const std::string& secret) {
    if (!secret.empty()) options.add_secret(secret);
  };
  hide(request.bearer);
  hide(request.password);
  hide(request.client_key_password);
  hide(password_in(request.url));
  if (request.proxy) hide(password_in(*request.proxy));
  if (request.client_key.find("-----BEGIN") != std::string::npos) hide(request.client_key);
  if (request.aws) {
    hide(request.aws->secret_key);
    hide(request.aws->session_token);
  }
  for (const auto& [name, value] : request.headers) {
    if (!names_secret(name)) continue;
    const auto blank = lower(name).find("authorization") == std::string::npos ? std::string::npos : value.find(' ');
    hide(blank == std::string::npos ? value : value.substr(blank + 1));
  }
}

int l_collect_client(lua_State* L) {
  static_cast<HttpClient*>(lua_touserdata(L, 1))->~HttpClient();
  return 0;
}

// The one of this state: connections stay open between its requests.
HttpClient& client_of(lua_State* L) {
  constexpr const char* kKey = "tide.http";
  lua_getfield(L, LUA_REGISTRYINDEX, kKey);
  if (lua_isnil(L, -1)) {
    lua_pop(L, 1);
    new (lua_newuserdata(L, sizeof(HttpClient))) HttpClient();
    lua_createtable(L, 0, 1);
    lua_pushcfunction(L, l_collect_client);
    lua_setfield(L, -2, "__gc");
    lua_setmetatable(L, -2);
    lua_pushvalue(L, -1);
    lua_setfield(L, LUA_REGISTRYINDEX, kKey);
  }
  auto* client = static_cast<HttpClient*>(lua_touserdata(L, -1));
  lua_pop(L, 1);
  return *client;
}

// Nothing when a dry run only recorded it.
std::optional<HttpResponse> send(lua_State* L, const HttpRequest& request, bool internal = false) {
  LuaState& state = state_of(L);
  hide_secrets(state.options(), request);
  HttpClient& client = client_of(L);
  const auto on_wait = [events = state.options().events](const std::string& text) {
    Event event{Event::Kind::kWaiting};
    event.text = text;
    if (events != nullptr) events->emit(event);
  };
  std::optional<HttpResponse> response;
  const auto work = [&] { response = client.send(request, on_wait); };
  state.effects().run("http", http_text(request), work, internal);
  return response;
}

void push_headers(lua_State* L, const HttpHeaders& headers) {
  std::map<std::string, std::string> joined;
  for (const auto& [name, value] : headers) {
    const auto [found, is_new] = joined.emplace(name, value);
    if (!is_new) found->second += cat(name == "set-cookie" ? "\n" : ", ", value);
  }
  lua_createtable(L, 0, static_cast<int>(joined.size()));
  for (const auto& [name, value] : joined) {
    push_text(L, value);
    lua_setfield(L, -2, name.c_str());
  }
}

void push_response(lua_State* L, const HttpRequest& request, const std::optional<HttpResponse>& given) {
  const HttpResponse response = given.value_or(HttpResponse{});
  lua_createtable(L, 0, 10);
  lua_pushinteger(L, response.status);
  lua_setfield(L, -2, "status");
  push_text(L, response.body);
  lua_setfield(L, -2, "body");
  push_text(L, given ? response.url : request.url);
  lua_setfield(L, -2, "url");
  push_text(L, response.version);
  lua_setfield(L, -2, "version");
  push_integer(L, response.size);
  lua_setfield(L, -2, "size");
  lua_pushinteger(L, given ? response.attempts : 0);
  lua_setfield(L, -2, "attempts");
  lua_pushnumber(L, response.ms / 1000);
  lua_setfield(L, -2, "duration");
  push_headers(L, response.headers);
  lua_setfield(L, -2, "headers");
  if (given) return;
  lua_pushboolean(L, 1);
  lua_setfield(L, -2, "recorded");
}

// request(spec) -> response
int l_request(lua_State* L) {
  const HttpRequest request = read_request(L);
  push_response(L, request, send(L, request));
  return 1;
}

// try(spec, internal) -> response; or nil and the error, where no whole answer came. `internal`: no request of the
// script
int l_try(lua_State* L) {
  const HttpRequest request = read_request(L);
  std::optional<HttpResponse> response;
  std::optional<HttpFailure> failure;
  try {
    response = send(L, request, lua_toboolean(L, 2) != 0);
  } catch (const HttpFailure& caught) {
    failure = caught;
  }
  if (!failure) return push_response(L, request, response), 1;
  lua_pushnil(L);
  push_error(L, *failure);
  return 2;
}

// duration_text(ms) -> "12.3 s"
int l_duration_text(lua_State* L) {
  push_text(L, human_duration(luaL_checknumber(L, 1)));
  return 1;
}

// text(spec) -> "GET https://host/path?token=***"
int l_text(lua_State* L) {
  HttpRequest request;
  request.method = text_field(L, 1, "method").value_or("");
  request.url = text_field(L, 1, "url").value_or("");
  push_text(L, http_text(request));
  return 1;
}

}  // namespace

static constexpr NativeEntry kEntries[] = {
    {"duration_text", l_duration_text},
    {"request", l_request},
    {"text", l_text},
    {"try", l_try},
};
const NativeModule kHttpModule = {"http", kEntries, std::size(kEntries)};

}  // namespace tide
