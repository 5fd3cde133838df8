// history_floor CONNINFO: connects, reads the history, prints how many rows it has. What any tool pays at least.
#include <libpq-fe.h>
#include <stdio.h>

int main(int argc, char** argv) {
  PGconn* connection = PQconnectdb(argc > 1 ? argv[1] : "");
  PGresult* rows = PQexec(connection, "SELECT version FROM schema_migrations ORDER BY 1");
  const int ok = PQresultStatus(rows) == PGRES_TUPLES_OK;
  if (ok) {
    printf("%d\n", PQntuples(rows));
  } else {
    fputs(PQerrorMessage(connection), stderr);
  }
  PQclear(rows);
  PQfinish(connection);
  return ok ? 0 : 1;
}
