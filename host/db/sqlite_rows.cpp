#include "db/sqlite_rows.h"

#include <cerrno>
#include <cstdint>
#include <cstring>

#include "base/text.h"
#include "tide/error.h"

namespace tide {
namespace {

// A record is its size in bytes, then per cell its kind, then the number, or the length and the bytes.
using Size = std::uint64_t;

template <class Plain>
void put(std::string& out, Plain value) {
  out.append(reinterpret_cast<const char*>(&value), sizeof value);
}

template <class Plain>
Plain get(const char*& at) {
  Plain value;
  std::memcpy(&value, at, sizeof value);
  at += sizeof value;
  return value;
}

bool has_text(Cell::Kind kind) { return kind == Cell::Kind::kText || kind == Cell::Kind::kBytes; }

[[noreturn]] void fail(const char* what) {
  throw Error(ErrorKind::kIo, cat("cannot ", what, " a temporary file for rows: ", std::strerror(errno)));
}

}  // namespace

void SqliteRows::append(const std::vector<Cell>& row) {
  const std::size_t begin = memory_.size();
  put(memory_, Size{0});
  for (const Cell& cell : row) {
    put(memory_, cell.kind);
    if (has_text(cell.kind)) {
      put(memory_, static_cast<Size>(cell.text.size()));
      memory_.append(cell.text);
    } else if (cell.kind == Cell::Kind::kBool) {
      put(memory_, cell.boolean);
    } else if (cell.kind != Cell::Kind::kNull) {
      put(memory_, cell.integer);  // the same eight bytes hold `real`
    }
  }
  const Size size = memory_.size() - begin - sizeof(Size);
  std::memcpy(memory_.data() + begin, &size, sizeof size);
  if (memory_.size() > memory_limit_) spill();
}

void SqliteRows::spill() {
  if (!file_) file_.reset(std::tmpfile());
  if (!file_) fail("create");
  if (std::fwrite(memory_.data(), 1, memory_.size(), file_.get()) != memory_.size()) fail("write");
  memory_.clear();
}

void SqliteRows::start_reading() {
  if (!file_) return;
  spill();
  if (std::fflush(file_.get()) != 0 || std::fseek(file_.get(), 0, SEEK_SET) != 0) fail("read back");
}

bool SqliteRows::next() {
  if (file_) return read_from_file();
  if (at_ == memory_.size()) return false;
  const char* at = memory_.data() + at_;
  const Size size = get<Size>(at);
  decode(at, at + size);
  at_ += sizeof(Size) + size;
  return true;
}

bool SqliteRows::read_from_file() {
  Size size = 0;
  if (std::fread(&size, sizeof size, 1, file_.get()) != 1) {
    if (std::ferror(file_.get()) != 0) fail("read back");
    return false;
  }
  record_.resize(size);
  if (std::fread(record_.data(), 1, size, file_.get()) != size) fail("read back");
  decode(record_.data(), record_.data() + size);
  return true;
}

void SqliteRows::decode(const char* at, const char* end) {
  row_.clear();
  while (at != end) {
    Cell cell;
    cell.kind = get<Cell::Kind>(at);
    if (has_text(cell.kind)) {
      const Size size = get<Size>(at);
      cell.text = {at, size};
      at += size;
    } else if (cell.kind == Cell::Kind::kBool) {
      cell.boolean = get<bool>(at);
    } else if (cell.kind != Cell::Kind::kNull) {
      cell.integer = get<std::int64_t>(at);
    }
    row_.push_back(cell);
  }
}

}  // namespace tide
