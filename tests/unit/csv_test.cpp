#include "base/csv.h"

#include <gtest/gtest.h>

#include <optional>
#include <random>

#include "support/databases.h"
#include "support/temp_dir.h"
#include "sys/csv_file.h"
#include "sys/new_file.h"
#include "tide/error.h"

namespace tide::test {
namespace {

using Record = std::vector<std::optional<std::string>>;
using Records = std::vector<Record>;

// A source that gives `piece` bytes at a time.
CsvReader::Source source_of(const std::string& text, std::size_t piece) {
  return [&text, piece, at = std::size_t{0}](char* into, std::size_t room) mutable {
    const std::size_t size = std::min({piece, room, text.size() - at});
    text.copy(into, size, at);
    at += size;
    return size;
  };
}

Record record_of(const CsvReader& reader) {
  Record record;
  for (std::size_t i = 0; i < reader.size(); ++i) {
    record.push_back(reader.is_null(i) ? std::nullopt : std::optional<std::string>(reader.field(i)));
  }
  return record;
}

Records read(const std::string& text, char delimiter = ',', std::size_t piece = 7) {
  CsvReader reader("a.csv", source_of(text, piece), delimiter);
  Records records;
  while (reader.next()) records.push_back(record_of(reader));
  return records;
}

const std::optional<std::string> kNull;

TEST(Csv, IsReadWhateverTheSizeOfThePieces) {
  struct Case {
    std::string text;
    Records records;
  };
  const std::vector<Case> cases = {
      {"", {}},
      {"a", {{"a"}}},
      {"a,b\r\n1,\n", {{"a", "b"}, {"1", kNull}}},
      {"\"\",\"x\"\"y\n,z\"\n", {{"", "x\"y\n,z"}}},
      {",\n,", {{kNull, kNull}, {kNull, kNull}}},
      {"\n\n", {{kNull}, {kNull}}},
      {"\xEF\xBB\xBF"
       "a\n",
       {{"a"}}},
      {"\xEF\xBB\x80\n", {{"\xEF\xBB\x80"}}},
      {"a\r\n\"b\r\nc\"\r\n", {{"a"}, {"b\r\nc"}}},
      {"a,b\r", {{"a", "b"}}},
      {"\"a\"", {{"a"}}},
      {" a , \t", {{" a ", " \t"}}},
      {"é,日本", {{"é", "日本"}}},
  };
  for (const Case& one : cases) {
    for (const std::size_t piece : {1, 2, 3, 100}) EXPECT_EQ(read(one.text, ',', piece), one.records) << one.text;
  }
  EXPECT_EQ(read("a;b,c\n", ';'), (Records{{"a", "b,c"}}));
  EXPECT_EQ(read("a\tb;c\n", '\t'), (Records{{"a", "b;c"}}));
}

TEST(Csv, WhatIsNoCsvIsRefusedWithItsLine) {
  struct Case {
    std::string text;
    int line;
    std::string part;
  };
  const std::vector<Case> cases = {
      {"a\nb,\"c\nd\n", 2, "never closed"},
      {"a\n\"b\nc\",\"d\ne", 3, "never closed"},
      {"a\nb\"c\"\n", 2, "middle of field 1"},
      {"a\nx,\"b\"c\n", 2, "behind the closing quote of field 2"},
      {std::string("a\nb\0", 4), 2, "NUL"},
      {std::string("a\n\"b\n\0\"", 7), 3, "NUL"},
      {"a\rb\n", 1, "carriage return"},
      {"a\n\xFF\xFE", 2, "0xFF, its 1th"},
      {"a\nx,b\xC3,\xA9\n", 2, "field 2 is not UTF-8: byte 0xC3"},
  };
  for (const Case& one : cases) {
    for (const std::size_t piece : {1, 100}) {
      const Error error = raised([&] { read(one.text, ',', piece); });
      EXPECT_EQ(error.kind, ErrorKind::kIo) << one.text;
      EXPECT_EQ(error.file, "a.csv");
      EXPECT_EQ(error.line, one.line) << one.text;
      EXPECT_NE(error.message.find(one.part), std::string::npos) << error.message;
    }
  }
}

TEST(Csv, ARecordThatNeverEndsIsNotTakenIntoMemoryForEver) {
  bool begun = false;
  CsvReader reader("a.csv", [&](char* into, std::size_t room) {
    std::fill_n(into, room, 'x');
    if (!begun) into[0] = '"';
    begun = true;
    return room;
  });
  EXPECT_NE(raised([&] { reader.next(); }).message.find("longer than 64 MiB"), std::string::npos);
}

std::string random_text(std::mt19937& dice) {
  static const std::string kPieces[] = {"a",   ",",   ";", "\t", "\"", "\n",   "\r",
                                        "\\N", "\\.", " ", "é",  "日", "\r\n", "NULL"};
  std::string text;
  for (auto n = dice() % 6; n > 0; --n) text += kPieces[dice() % std::size(kPieces)];
  return text;
}

std::string written(const Records& records, char delimiter) {
  std::string text;
  for (const Record& record : records) {
    for (std::size_t i = 0; i < record.size(); ++i) {
      if (i > 0) text += delimiter;
      if (record[i]) append_csv_field(text, *record[i], record.size() == 1, delimiter);
    }
    text += '\n';
  }
  return text;
}

TEST(Csv, WhateverIsWrittenIsReadBack) {
  std::mt19937 dice(20250906);
  for (int round = 0; round < 2000; ++round) {
    const std::size_t width = 1 + dice() % 4;
    Records records(1 + dice() % 4, Record(width));
    for (Record& record : records) {
      for (auto& field : record) {
        if (dice() % 5 != 0) field = random_text(dice);
      }
    }
    const char delimiter = ",;\t"[dice() % 3];
    const std::string text = written(records, delimiter);
    EXPECT_EQ(read(text, delimiter, 1 + dice() % 9), records) << text;
  }
}

TEST(Csv, ReadingGoesOnAtThePlaceOfARecord) {
  const std::string text = "a,b\n1,\"x\ny\"\r\n2,z\n3,w\n";
  CsvReader reader("a.csv", source_of(text, 3));
  reader.next();
  reader.next();
  const std::string rest = text.substr(static_cast<std::size_t>(reader.offset()));
  EXPECT_EQ(rest, "2,z\n3,w\n");
  CsvReader later("a.csv", source_of(rest, 3));
  later.go_on_at(reader.offset(), reader.next_line());
  ASSERT_TRUE(later.next());
  EXPECT_EQ(record_of(later), (Record{"2", "z"}));
  EXPECT_EQ(later.line(), 4);
  ASSERT_TRUE(later.next());
  EXPECT_EQ(later.offset(), static_cast<std::int64_t>(text.size()));
}

TEST(CsvFile, ItsHeaderNamesTheColumnsOfEveryRecord) {
  const TempDir folder;
  CsvFile file(folder.write("a.csv", "id,name\n\n1,x\n"), "shown.csv");
  EXPECT_EQ(file.names(), (std::vector<std::string>{"id", "name"}));
  ASSERT_TRUE(file.next());
  EXPECT_EQ(file.record().line(), 3);
  EXPECT_FALSE(file.next());
  CsvFile narrow(folder.write("b.csv", "id\n\n1\n"), "b.csv");
  ASSERT_TRUE(narrow.next());
  EXPECT_TRUE(narrow.record().is_null(0));
}

TEST(CsvFile, AFileThatChangesWhileItIsReadIsNoticed) {
  const TempDir folder;
  const std::string path = folder.write("a.csv", "id\n1\n");
  CsvFile file(path, "a.csv");
  file.refuse_if_changed();
  folder.write("a.csv", "id\n12\n");
  EXPECT_EQ(raised([&] { file.refuse_if_changed(); }).kind, ErrorKind::kIo);
}

TEST(CsvSurvey, CountsAndDigestsAndFindsAKeyThatIsThereTwice) {
  const TempDir folder;
  const std::string text = "id,name\n1,x\n2,x\n,x\n,x\n";
  const CsvSurvey survey = survey_csv(folder.write("a.csv", text), "a.csv", ',', {"id"});
  EXPECT_EQ(survey.rows, 4);
  EXPECT_EQ(survey.bytes, static_cast<std::int64_t>(text.size()));
  EXPECT_EQ(survey.sha256, sha256_hex(text));
  const std::string twice = folder.write("b.csv", "id,name\n1,x\n2,\"x\ny\"\n1,z\n2,z\n");
  const Error error = raised([&] { survey_csv(twice, "b.csv", ',', {"id"}); });
  EXPECT_EQ(error.line, 5);
  EXPECT_NE(error.message.find("id = 1 stands on line 2 already"), std::string::npos) << error.message;
  EXPECT_EQ(survey_csv(twice, "b.csv", ',', {"id", "name"}).rows, 4);
}

TEST(NewFile, AppearsWhenItIsComplete) {
  const TempDir folder;
  const std::string path = folder.write("old", "old");
  {
    NewFile file(path);
    file.write("half");
  }
  EXPECT_EQ(folder.read("old"), "old");
  EXPECT_THROW(NewFile(path, 0600, NewFile::Existing::kRefuse), Error);
  NewFile file(path, 0600);
  file.write("new");
  file.complete();
  EXPECT_EQ(folder.read("old"), "new");
  EXPECT_EQ(file.bytes(), 3);
}

TEST(NewFile, DoesNotReplaceWhatAppearedMeanwhile) {
  const TempDir folder;
  const std::string path = folder.write("other", "") + "-new";
  NewFile file(path, 0600, NewFile::Existing::kRefuse);
  file.write("mine");
  folder.write("other-new", "theirs");
  EXPECT_THROW(file.complete(), Error);
  EXPECT_EQ(folder.read("other-new"), "theirs");
}

}  // namespace
}  // namespace tide::test
