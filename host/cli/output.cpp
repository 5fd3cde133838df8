#include "cli/output.h"

#include <cerrno>
#include <cstring>

#include "base/text.h"
#include "tide/error.h"

namespace tide {
namespace {

Json redacted(const Json& value, const Redactor& redactor) {
  if (const auto* text = std::get_if<std::string>(&value.data)) return redactor.redact(*text);
  if (const auto* list = std::get_if<Json::List>(&value.data)) {
    Json::List out;
    for (const Json& item : *list) out.push_back(redacted(item, redactor));
    return out;
  }
  if (const auto* object = std::get_if<Json::Object>(&value.data)) {
    Json::Object out;
    for (const auto& [key, item] : *object) out.emplace_back(key, redacted(item, redactor));
    return out;
  }
  return value;
}

}  // namespace

void Output::print(std::string_view text) {
  const std::string clean = redactor_.redact(text);
  const bool written = std::fwrite(clean.data(), 1, clean.size(), data_) == clean.size();
  if (!written && failure_ == 0) failure_ = errno;
}

void Output::document(const Json& value) {
  const std::string text = dump_json(redacted(value, redactor_)) + "\n";
  if (std::fwrite(text.data(), 1, text.size(), data_) != text.size() && failure_ == 0) failure_ = errno;
}

void Output::message(std::string_view text) {
  const std::string clean = redactor_.redact(text);
  std::fwrite(clean.data(), 1, clean.size(), messages_);
  std::fflush(messages_);
}

void Output::event(const Json& value) {
  const std::string text = dump_json(redacted(value, redactor_)) + "\n";
  std::fwrite(text.data(), 1, text.size(), messages_);
  std::fflush(messages_);
}

void Output::finish() {
  if (std::fflush(data_) != 0 && failure_ == 0) failure_ = errno;
  if (failure_ != 0 && failure_ != EPIPE) {
    throw Error(ErrorKind::kIo, cat("the output could not be written: ", std::strerror(failure_)));
  }
}

}  // namespace tide
