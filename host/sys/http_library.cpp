#include "sys/http_library.h"

#include <dlfcn.h>

#include <string>

#include "base/text.h"
#include "tide/error.h"

namespace tide {

namespace {

constexpr const char* kFile = "libcurl.so.4";

[[noreturn]] void fail() {
  const char* reason = ::dlerror();
  throw Error(ErrorKind::kIo, cat("http needs libcurl (package libcurl4 or libcurl4t64): ",
                                  std::string_view(reason != nullptr ? reason : kFile)));
}

template <class Function>
void find(void* library, const char* name, Function& function) {
  void* address = ::dlsym(library, name);
  if (address == nullptr) fail();
  function = reinterpret_cast<Function>(address);
}

}  // namespace

// Never closed: OpenSSL, which comes with it, has handlers that run at the process's end.
HttpLibrary::HttpLibrary() {
  void* library = ::dlopen(kFile, RTLD_NOW | RTLD_LOCAL | RTLD_NODELETE);
  if (library == nullptr) fail();
  find(library, "curl_global_init", global_init);
  find(library, "curl_global_cleanup", global_cleanup);
  find(library, "curl_easy_init", easy_init);
  find(library, "curl_easy_reset", easy_reset);
  find(library, "curl_easy_cleanup", easy_cleanup);
  find(library, "curl_easy_setopt", easy_setopt);
  find(library, "curl_easy_getinfo", easy_getinfo);
  find(library, "curl_easy_strerror", easy_strerror);
  find(library, "curl_multi_init", multi_init);
  find(library, "curl_multi_cleanup", multi_cleanup);
  find(library, "curl_multi_add_handle", multi_add_handle);
  find(library, "curl_multi_remove_handle", multi_remove_handle);
  find(library, "curl_multi_perform", multi_perform);
  find(library, "curl_multi_poll", multi_poll);
  find(library, "curl_multi_info_read", multi_info_read);
  find(library, "curl_multi_strerror", multi_strerror);
  find(library, "curl_slist_append", slist_append);
  find(library, "curl_slist_free_all", slist_free_all);
  find(library, "curl_mime_init", mime_init);
  find(library, "curl_mime_free", mime_free);
  find(library, "curl_mime_addpart", mime_addpart);
  find(library, "curl_mime_name", mime_name);
  find(library, "curl_mime_data", mime_data);
  find(library, "curl_mime_filedata", mime_filedata);
  find(library, "curl_mime_filename", mime_filename);
  find(library, "curl_mime_type", mime_type);
  find(library, "curl_url", url);
  find(library, "curl_url_cleanup", url_cleanup);
  find(library, "curl_url_set", url_set);
  find(library, "curl_url_get", url_get);
  find(library, "curl_free", free);
  if (global_init(CURL_GLOBAL_DEFAULT) != CURLE_OK) throw Error(ErrorKind::kIo, "libcurl cannot be initialised");
}

HttpLibrary::~HttpLibrary() { global_cleanup(); }

}  // namespace tide
