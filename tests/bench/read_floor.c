// read_floor CONNINFO single|cursor text|binary: reads every row of table r by libpq's single-row mode or by a cursor,
// 10,000 a FETCH, touches all six columns and prints the checksum line that read.lua prints too.
#include <endian.h>
#include <libpq-fe.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static struct {
  long long rows, ids, name_bytes, quantities, active, half_seconds;
  double prices;
} sum;

static int64_t int64_at(const char* p) {
  int64_t raw;
  memcpy(&raw, p, sizeof raw);
  return (int64_t)be64toh((uint64_t)raw);
}

static int32_t int32_at(const char* p) {
  int32_t raw;
  memcpy(&raw, p, sizeof raw);
  return (int32_t)be32toh((uint32_t)raw);
}

static double double_at(const char* p) {
  const int64_t raw = int64_at(p);
  double value;
  memcpy(&value, &raw, sizeof value);
  return value;
}

static void fold_text(const PGresult* r, int row) {
  ++sum.rows;
  sum.ids += strtoll(PQgetvalue(r, row, 0), NULL, 10);
  sum.name_bytes += PQgetlength(r, row, 1);
  sum.quantities += strtol(PQgetvalue(r, row, 2), NULL, 10);
  sum.prices += strtod(PQgetvalue(r, row, 3), NULL);
  sum.active += *PQgetvalue(r, row, 4) == 't';
  sum.half_seconds += PQgetvalue(r, row, 5)[19] == '.';
}

static void fold_binary(const PGresult* r, int row) {
  ++sum.rows;
  sum.ids += int64_at(PQgetvalue(r, row, 0));
  sum.name_bytes += PQgetlength(r, row, 1);
  sum.quantities += int32_at(PQgetvalue(r, row, 2));
  sum.prices += double_at(PQgetvalue(r, row, 3));
  sum.active += *PQgetvalue(r, row, 4);
  sum.half_seconds += int64_at(PQgetvalue(r, row, 5)) % 1000000 != 0;
}

static int fold(PGconn* connection, PGresult* r, int binary) {
  const int count = PQntuples(r);
  if (PQresultStatus(r) != PGRES_TUPLES_OK && PQresultStatus(r) != PGRES_SINGLE_TUPLE) {
    fputs(PQerrorMessage(connection), stderr);
    exit(1);
  }
  for (int row = 0; row < count; ++row) binary ? fold_binary(r, row) : fold_text(r, row);
  PQclear(r);
  return count;
}

static void read_single(PGconn* connection, int binary) {
  PQsendQueryParams(connection, "SELECT * FROM r", 0, NULL, NULL, NULL, NULL, binary);
  PQsetSingleRowMode(connection);
  for (PGresult* r; (r = PQgetResult(connection)) != NULL;) fold(connection, r, binary);
}

static void read_cursor(PGconn* connection, int binary) {
  PQclear(PQexec(connection, "BEGIN"));
  PQclear(PQexec(connection, "DECLARE c NO SCROLL CURSOR FOR SELECT * FROM r"));
  while (fold(connection, PQexecParams(connection, "FETCH 10000 FROM c", 0, NULL, NULL, NULL, NULL, binary), binary) >
         0) {
  }
}

int main(int argc, char** argv) {
  if (argc != 4) return 2;
  PGconn* connection = PQconnectdb(argv[1]);
  const int binary = strcmp(argv[3], "binary") == 0;
  if (strcmp(argv[2], "single") == 0) {
    read_single(connection, binary);
  } else {
    read_cursor(connection, binary);
  }
  printf("%lld %lld %lld %lld %.0f %lld %lld\n", sum.rows, sum.ids, sum.name_bytes, sum.quantities, sum.prices,
         sum.active, sum.half_seconds);
  PQfinish(connection);
}
