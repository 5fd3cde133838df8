#pragma once

#include <future>
#include <memory>
#include <string>

#include "db/postgres_binary.h"
#include "db/postgres_rows.h"

namespace tide {

// Reads a query through a cursor on the server, batch by batch. The next FETCH, with the parsing that libpq does, runs
// on a thread of its own while the caller walks the rows at hand; any other use of the session waits for it first.
// A batch is sized to stay small in memory and in time, whatever the rows are.
//
// The first batch comes as text and tells the types. The later ones come in binary form, which costs the server less,
// where the text of every column can be known from it: see BinaryColumns.
//
// Outside a transaction the cursor is WITH HOLD: the server runs the query to its end and keeps the rows (on its disk
// when they are many). So the client needs constant memory, and statements between two next() calls commit one by one
// as they would without the loop. A reader without a cursor would block the session, or have to spill rows here.
// Behind a pooler such a cursor may stay behind in a session that is not ours any more: there, outside a transaction,
// the caller must hold the whole result instead.
class PostgresStream final : public Cursor, private OutstandingFetch {
 public:
  // kSql with sqlstate 0A000 or 42P11 when the server makes no cursor of this statement.
  // `alone`: the server refuses a text in which it sees a second statement.
  PostgresStream(std::shared_ptr<PostgresSession> session, const std::string& sql, const TextParameters& values,
                 bool alone);
  ~PostgresStream() override { close(); }

  const std::vector<std::string>& names() const override { return columns_.names; }
  ColumnOrigin origin(std::size_t column) const override { return columns_.origins.at(column); }
  bool next() override;
  Cell cell(std::size_t column) override;
  Value array(std::size_t column) override;
  void close() noexcept override;

 private:
  struct Batch {
    RawResult result;
    int rows = 0;
    int asked = 0;
    double seconds = 0;
    bool binary = false;
  };

  void declare(const TextParameters& values, bool alone);
  std::string fetch_text(int rows) const;
  void start(Batch batch);
  bool advance();
  void prefetch();
  bool binary_is_readable(PGconn* connection) const;
  void settle() noexcept override;
  bool cursor_is_there();
  std::string_view data(std::size_t column) const;

  std::shared_ptr<PostgresSession> session_;
  std::string sql_;
  std::string name_;
  bool hold_;
  int transactions_ended_;
  int cursors_closed_;
  PostgresColumns columns_;
  BinaryColumns binary_columns_;
  Batch batch_;
  int row_ = -1;
  std::future<Batch> pending_;
  Batch arrived_;
  std::shared_ptr<const Error> failed_;
  bool closed_ = false;
};

}  // namespace tide
