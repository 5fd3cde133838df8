#include "cli/console.h"

#include <gtest/gtest.h>

#include <algorithm>

namespace tide {
namespace {

Event step(Event::Kind kind) {
  Event event{kind};
  event.version = "20250101000000";
  event.name = "create_users";
  event.direction = "up";
  event.ms = 12.3;
  event.statements = 3;
  return event;
}

Event told(Event::Kind kind, const std::string& level, const std::string& text) {
  Event event{kind};
  event.level = level;
  event.text = text;
  return event;
}

Event statement(bool internal) {
  Event event{Event::Kind::kStatementDone};
  event.sql = "INSERT INTO t\n  VALUES ($1, $2)";
  event.params = {Value("it's"), Value(7)};
  event.rows = 1;
  event.ms = 20;
  event.internal = internal;
  return event;
}

Event progress(std::int64_t done, std::int64_t total) {
  Event event{Event::Kind::kProgress};
  event.text = "users";
  event.done = done;
  event.total = total;
  return event;
}

std::string read(ConsoleOptions options, const std::vector<Event>& events) {
  std::string out;
  Console console(std::move(options), [&](std::string_view text) { out += text; });
  for (const Event& event : events) console.read(event);
  return out;
}

TEST(Console, AStepIsOneLine) {
  EXPECT_EQ(read({}, {step(Event::Kind::kStepBegun), step(Event::Kind::kStepDone)}),
            "up    20250101000000 create_users  (12 ms, 3 statements)\n");
  EXPECT_EQ(read({}, {step(Event::Kind::kStepFailed)}), "up    20250101000000 create_users  failed after 12 ms\n");
}

TEST(Console, AStepThatWasOnlyTriedSaysSo) {
  Event tried = step(Event::Kind::kStepDone);
  tried.state = "recorded";
  EXPECT_EQ(read({}, {tried}), "up    20250101000000 create_users  (dry run, 12 ms, 3 statements)\n");
}

TEST(Console, RowsAreSaidWhenThereWereAny) {
  EXPECT_EQ(step_facts(1500, 1, 1), "1.5 s, 1 statement, 1 row");
  EXPECT_EQ(step_facts(12, 2, 1234567), "12 ms, 2 statements, 1,234,567 rows");
}

TEST(Console, DurationsAndTimesAreSaidAsExactlyAsTheyAreKnown) {
  EXPECT_EQ(whole_ms(0), "<1 ms");
  EXPECT_EQ(whole_ms(7), "7 ms");
  EXPECT_EQ(whole_ms(1500), "1.5 s");
  EXPECT_EQ(short_time("2025-01-01T10:20:30.456Z"), "2025-01-01 10:20:30");
  EXPECT_EQ(short_time("yesterday"), "yesterday");
}

TEST(Console, QuietKeepsWarningsAndErrors) {
  ConsoleOptions quiet;
  quiet.quiet = true;
  const std::vector<Event> events = {
      step(Event::Kind::kStepDone),
      told(Event::Kind::kLog, "info", "chatter"),
      told(Event::Kind::kNotice, "NOTICE", "chatter"),
      told(Event::Kind::kWaiting, "", "chatter"),
      progress(1, 2),
      told(Event::Kind::kLog, "warn", "look"),
      told(Event::Kind::kNotice, "WARNING", "there is no transaction in progress"),
      told(Event::Kind::kWarning, "", "an invalid index stayed"),
  };
  EXPECT_EQ(read(quiet, events),
            "  warn: look\n  WARNING: there is no transaction in progress\nwarning: an invalid index stayed\n");
}

TEST(Console, LogsAndNoticesShowTheirLevel) {
  const std::vector<Event> events = {
      told(Event::Kind::kLog, "info", "two\nlines"),
      told(Event::Kind::kLog, "print", "printed"),
      told(Event::Kind::kLog, "debug", "hidden"),
      told(Event::Kind::kLog, "error", "bad \033[2J"),
      told(Event::Kind::kNotice, "NOTICE", "relation exists, skipping"),
      told(Event::Kind::kWaiting, "", "the lock is held by bob@web1"),
  };
  EXPECT_EQ(read({}, events),
            "  two\n  lines\n  printed\n  error: bad ?[2J\n  NOTICE: relation exists, skipping\n"
            "waiting: the lock is held by bob@web1\n");
}

TEST(Console, VerboseShowsStatementsAndTwiceTheirValues) {
  ConsoleOptions options;
  const std::vector<Event> events = {statement(false), statement(true)};
  EXPECT_EQ(read(options, events), "");
  options.verbosity = 1;
  EXPECT_EQ(read(options, events), "  INSERT INTO t VALUES ($1, $2)  (20 ms, 1 row)\n");
  options.verbosity = 2;
  EXPECT_EQ(read(options, {statement(true)}),
            "  INSERT INTO t VALUES ($1, $2)  (20 ms, 1 row)\n    $1 = 'it''s'\n    $2 = 7\n");
}

TEST(Console, ProgressOffATerminalIsALineEveryTenth) {
  ConsoleOptions options;
  options.now_ms = [] { return 0.0; };
  std::vector<Event> events;
  for (int done = 0; done <= 1000; done += 50) events.push_back(progress(done, 1000));
  const std::string out = read(options, events);
  EXPECT_EQ(out.substr(0, out.find("  users  20%")), "  users  0% 0/1,000\n  users  10% 100/1,000\n");
  EXPECT_EQ(std::count(out.begin(), out.end(), '\n'), 11);
  EXPECT_EQ(out.substr(out.rfind("  users")), "  users  100% 1,000/1,000\n");
}

TEST(Console, ProgressOfUnknownLengthIsSaidWhenItDoubles) {
  ConsoleOptions options;
  options.now_ms = [] { return 0.0; };
  EXPECT_EQ(read(options, {progress(10, 0), progress(15, 0), progress(20, 0), progress(30, 0), progress(45, 0)}),
            "  users  10\n  users  20\n  users  45\n");
}

TEST(Console, ProgressOnATerminalIsABarThatALineReplaces) {
  ConsoleOptions options;
  options.terminal = true;
  double now = 0;
  options.now_ms = [&now] { return now += 1000; };
  const std::string out = read(
      options, {progress(0, 100), progress(50, 100), told(Event::Kind::kLog, "info", "hello"), progress(100, 100)});
  EXPECT_EQ(out,
            "\r\033[Kusers  [........................] 0% 0/100"
            "\r\033[Kusers  [############............] 50% 50/100  50/s, 1.0 s left"
            "\r\033[K  hello\n"
            "\r\033[Kusers  [########################] 100% 100/100  50/s\n");
}

TEST(Console, ColoursAreThereWhenAllowed) {
  ConsoleOptions options;
  options.style.colours = true;
  EXPECT_EQ(read(options, {told(Event::Kind::kWarning, "", "x")}), "\033[33mwarning: \033[0mx\n");
}

}  // namespace
}  // namespace tide
