#include "base/mail.h"

#include <gtest/gtest.h>

#include "base/text.h"
#include "tide/error.h"

namespace tide {
namespace {

std::string refusal(const Mail& mail) {
  try {
    mail_message(mail, 0);
    return "accepted";
  } catch (const Error& error) {
    EXPECT_EQ(error.kind, ErrorKind::kUsage);
    return error.message;
  }
}

TEST(Mail, Base64IsThatOfTheStandard) {
  const std::pair<const char*, const char*> cases[] = {
      {"", ""}, {"f", "Zg=="}, {"fo", "Zm8="}, {"foo", "Zm9v"}, {"foob", "Zm9vYg=="}, {"\xff\xfe\xfd", "//79"},
  };
  for (const auto& [bytes, text] : cases) EXPECT_EQ(base64(bytes), text);
}

TEST(Mail, APlainMessageIsReadable) {
  EXPECT_EQ(mail_message({"a@x.test", {"b@x.test"}, "Done", "ok"}, 1763632087123),
            "Date: Thu, 20 Nov 2025 09:48:07 +0000\r\nFrom: a@x.test\r\nTo: b@x.test\r\nSubject: Done\r\n"
            "MIME-Version: 1.0\r\nContent-Type: text/plain; charset=utf-8\r\n"
            "Content-Transfer-Encoding: base64\r\n\r\nb2s=\r\n");
}

TEST(Mail, ALongSubjectIsEncodedInWholeCharacters) {
  std::string subject;
  for (int i = 0; i < 60; ++i) subject += "ü";
  const std::string message = mail_message({"a@x.test", {"b@x.test"}, subject, ""}, 0);
  const std::size_t begin = message.find("Subject: ") + 9;
  std::size_t words = 0;
  for (const std::string& line : split(message.substr(begin, message.find("\r\nMIME") - begin), '\n')) {
    const std::string_view word = trim(line);
    EXPECT_LE(word.size(), 75u);
    EXPECT_EQ(word.substr(0, 10), "=?UTF-8?B?");
    EXPECT_EQ(word.find('='), 0u);
    ++words;
  }
  EXPECT_EQ(words, 3u);
}

TEST(Mail, LinesOfTheTextAreShort) {
  const std::string message = mail_message({"a@x.test", {"b@x.test"}, "", std::string(1000, 'x')}, 0);
  for (const std::string& line : split(message, '\n')) EXPECT_LE(line.size(), 78u);
}

TEST(Mail, AddressesAreTakenOutOfTheirNames) {
  EXPECT_EQ(mail_address("ops@x.test"), "ops@x.test");
  EXPECT_EQ(mail_address("  ops@x.test "), "ops@x.test");
  EXPECT_EQ(mail_address("Ops, all <ops+a@x.test>"), "ops+a@x.test");
  EXPECT_EQ(mail_address("<ops@x.test>"), "ops@x.test");
}

TEST(Mail, WhatIsNoMailIsRefused) {
  const std::pair<Mail, const char*> cases[] = {
      {{"a@x", {}, "s", ""}, "nobody to send it to"},    {{"", {"b@x"}, "s", ""}, "'' is no address"},
      {{"a@x", {"b"}, "s", ""}, "'b' is no address"},    {{"a@x", {"@x"}, "s", ""}, "no address"},
      {{"a@x", {"b@"}, "s", ""}, "no address"},          {{"a@x", {"b@x@y"}, "s", ""}, "no address"},
      {{"a@x", {"b@x, c@x"}, "s", ""}, "no address"},    {{"a@x", {"B <b x@x>"}, "s", ""}, "no address"},
      {{"a@x", {"b@x\r\nc"}, "s", ""}, "line break"},    {{"a@x", {"b@x"}, "s\nBcc: c@x", ""}, "line break"},
      {{"A\n <a@x>", {"b@x"}, "s", ""}, "a line break"},
  };
  for (const auto& [mail, part] : cases) EXPECT_NE(refusal(mail).find(part), std::string::npos) << refusal(mail);
}

}  // namespace
}  // namespace tide
