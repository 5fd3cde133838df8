#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "tide/value.h"

namespace tide {

// What decides how the server writes values as text, as it reports it; null where it does not.
struct ReportedSettings {
  const char* date_style = nullptr;
  const char* time_zone = nullptr;
  const char* client_encoding = nullptr;
  int server_version = 0;  // 150018
};

// Room for a value that is read from its binary form; one a column, kept from row to row.
struct BinaryScratch {
  static constexpr std::int64_t kNoDay = INT64_MIN;

  char text[48];               // the longest is a timestamp: "294276-12-31 23:59:59.999999+00 BC"
  std::int64_t day = kNoDay;   // since 2000-01-01: the day whose date `text` begins with
  std::size_t date_size = 0;   // of that date
  bool before_christ = false;  // of that date
  std::string digits;          // of a numeric
};

// What must hold for the text of a type to be known from its binary form.
enum class BinaryNeeds : std::uint8_t { kNothing, kIsoDates, kIsoDatesInUtc, kUtf8, kShortFloats };
bool holds(BinaryNeeds needs, const ReportedSettings& settings);

struct BinaryType {
  std::uint32_t oid;
  // One not-null value. Its views stay valid until the next one is decoded into `scratch`, or `data` goes. kInternal
  // when the bytes are none of the type.
  Cell (*decode)(std::string_view data, BinaryScratch& scratch);
  BinaryNeeds needs;
};

// nullptr for a type that is read as text only: one whose text cannot be had from its binary form without the catalog,
// or is not the same in all versions of the server.
const BinaryType* binary_type(std::uint32_t oid);

// The columns of a result whose cells, read from binary form, are those that decode_cell makes of the text.
class BinaryColumns {
 public:
  void add(std::uint32_t oid);
  // Whether the result can be asked for in binary form while the session has these settings.
  bool readable(const ReportedSettings& settings) const;
  Cell decode(std::size_t column, std::string_view data) {
    Column& it = columns_[column];
    return it.type->decode(data, it.scratch);
  }

 private:
  struct Column {
    const BinaryType* type;
    BinaryScratch scratch;
  };
  std::vector<Column> columns_;
};

}  // namespace tide
