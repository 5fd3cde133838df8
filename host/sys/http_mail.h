#pragma once

#include <cstdint>
#include <string>

#include "base/mail.h"

namespace tide {

// Where a mail is handed in.
struct MailServer {
  std::string url;  // smtp://user:password@host:587 or smtps://...; what stands in it is percent-encoded
  std::string ca;   // PEM file: the only authorities that count; empty = those of the system
  std::int64_t timeout_ms = 30'000;
};

// The server took the message for every recipient, or an error: kUsage for a URL or address that is none, kIo for all
// that happens on the way, kInterrupted. TLS is used where the server offers it, and required where there is a
// password.
void send_mail(const MailServer& server, const Mail& mail);

}  // namespace tide
