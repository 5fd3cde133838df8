#pragma once

#include <string>

#include "sys/http.h"
#include "sys/http_url.h"

namespace tide {

bool is_redirect(int status);

// The request that follows a redirect from `from` to `to`. To another origin (scheme, host or port) go no credentials:
// no bearer, password, signature or client certificate, and of the headers those only that never hold any. Raises
// HttpFailure (lasting) where it would leave TLS, or take a body to another origin.
HttpRequest redirected(const HttpRequest& request, int status, const HttpUrl& from, const HttpUrl& to);

}  // namespace tide
