#pragma once

#include <string>
#include <utility>
#include <vector>

#include "backup/session.h"
#include "db/postgres_target.h"
#include "sys/process.h"

namespace tide {

// A program of PostgreSQL's that was found.
struct PgTool {
  std::string path;
  std::string version;  // "15.18", as it says itself
  int major = 0;
};

// pg_dump, pg_restore or psql for a server of this major version: the same major where there is one, else the next
// newer. With `pg_bin`, the one in that folder, or that very file. kIo when there is none or it is too old: says which
// package has it.
PgTool find_pg_tool(const std::string& name, int server_major, const std::string& pg_bin);

// "pg_dump (PostgreSQL) 15.18 (Debian 15.18-0+deb12u1)" -> "15.18"; "" for another text.
std::string pg_tool_version(const std::string& text);
// 15 of "15.18"; 9 of "9.6.24"; 0 of what is no version.
int major_of(const std::string& version);
// The best of these for a server: the same major, else the smallest newer one; npos when all are older.
std::size_t best_tool(const std::vector<PgTool>& tools, int server_major);

// Runs it with messages in English and the password in its environment. kIo, with what it said last, when it fails.
CommandResult run_pg_tool(const PgTool& tool, const std::vector<std::string>& arguments,
                          const std::vector<std::pair<std::string, std::string>>& env,
                          const std::function<void(OutputStream, std::string_view)>& on_output = {});

}  // namespace tide
