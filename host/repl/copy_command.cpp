#include <algorithm>
#include <fstream>

#include "base/text.h"
#include "cli/console.h"
#include "db/sql_lexer.h"
#include "repl/commands.h"
#include "repl/printer.h"
#include "repl/result_output.h"
#include "repl/shell.h"
#include "sys/csv_file.h"
#include "sys/files.h"

namespace tide {
namespace {

struct Request {
  std::string what;  // a query or a table
  std::string file;
  bool out = false;
};

constexpr const char* kForm = "\\copy QUERY to FILE, \\copy TABLE to FILE, \\copy TABLE from FILE.csv";

// The last `to` or `from` outside of parentheses and quotes divides it.
Request parse(const std::string& argument) {
  SqlLexer lexer(argument, Dialect::kPostgres);
  int depth = 0;
  Request request;
  for (Token token = lexer.next(); token.kind != TokenKind::kEnd; token = lexer.next()) {
    depth += token.kind == TokenKind::kOpen ? 1 : token.kind == TokenKind::kClose ? -1 : 0;
    const std::string_view word = lexer.text(token);
    if (depth != 0 || token.kind != TokenKind::kWord || (!same_word(word, "TO") && !same_word(word, "FROM"))) continue;
    request.out = same_word(word, "TO");
    request.what = trim(std::string_view(argument).substr(0, token.begin));
    request.file = trim(std::string_view(argument).substr(token.end));
  }
  if (request.file.size() > 1 && request.file.front() == '\'' && request.file.back() == '\'') {
    request.file = request.file.substr(1, request.file.size() - 2);
  }
  if (request.what.empty() || request.file.empty()) throw Error(ErrorKind::kUsage, kForm);
  return request;
}

bool is_query(const std::string& what) { return what.find_first_of(" \n(") != std::string::npos; }

std::string without_parentheses(const std::string& what) {
  return what.front() == '(' && what.back() == ')' ? what.substr(1, what.size() - 2) : what;
}

void copy_to(Shell& shell, const Request& request) {
  const std::string sql =
      is_query(request.what) ? without_parentheses(request.what) : cat("SELECT * FROM ", request.what);
  const std::string part = request.file + ".part";
  std::ofstream file(part, std::ios::binary | std::ios::trunc);
  if (!file) throw Error(ErrorKind::kIo, cat(request.file, " cannot be written"));
  SqlPrinter printer;
  printer.format = format_of_file(request.file, RowFormat::kCsv);
  printer.style.footer = false;
  const SqlPrinter::Result result = printer.run(
      shell.connection(), sql, [&](std::string_view text) { file.write(text.data(), std::streamsize(text.size())); });
  file.close();
  if (!file || std::rename(part.c_str(), request.file.c_str()) != 0) {
    throw Error(ErrorKind::kIo, cat(request.file, " could not be written to its end"));
  }
  shell.say(cat("COPY ", result.rows));
}

void copy_from(Shell& shell, const Request& request) {
  CsvFile file(request.file, request.file);
  const auto load = shell.connection().copy_in(request.what, file.names());
  std::vector<Value> row;
  while (file.next()) {
    row.clear();
    for (std::size_t i = 0; i < file.names().size(); ++i) {
      row.push_back(file.record().is_null(i) ? Value(Null()) : Value(file.record().field(i)));
    }
    load->write(row);
  }
  shell.say(cat("COPY ", load->finish()));
}

}  // namespace

void copy_rows(Shell& shell, const std::string&, const std::string& argument) {
  const Request request = parse(argument);
  request.out ? copy_to(shell, request) : copy_from(shell, request);
}

}  // namespace tide
