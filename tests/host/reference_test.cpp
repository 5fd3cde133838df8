#include <gtest/gtest.h>

#include <algorithm>
#include <cstdlib>
#include <stdexcept>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/text.h"
#include "sys/files.h"

// docs/reference.md is rendered from the LuaLS stubs in stdlib/meta. TIDE_UPDATE_DOCS=1 writes it anew.
namespace tide::test {
namespace {

// A parameter, a returned value or a field.
struct Item {
  std::string name;  // "options?" when it may be left out
  std::string type;
  std::string text;
};

struct Function {
  std::string signature;  // "db:transaction(fn, options?)"
  std::string text;
  std::vector<Item> params;
  std::vector<Item> returns;
};

// A class, an alias, or the functions that belong to no table.
struct Section {
  std::string title;
  std::string variable;  // the table that the functions of a class stand in
  std::string text;
  std::vector<Item> fields;
  std::vector<Function> functions;
};

constexpr const char* kGlobalFunctions = "Global functions";

std::string_view first_word(std::string_view text) { return text.substr(0, text.find(' ')); }

// A type ends at a blank outside of brackets and quotes that does not follow ':', '|' or ','.
std::size_t type_end(std::string_view text) {
  int depth = 0;
  bool quoted = false;
  for (std::size_t i = 0; i < text.size(); ++i) {
    const char c = text[i];
    if (c == '"') quoted = !quoted;
    if (quoted) continue;
    if (std::string_view("(<{[").find(c) != std::string_view::npos) ++depth;
    if (std::string_view(")>}]").find(c) != std::string_view::npos) --depth;
    const bool goes_on = depth > 0 || (i > 0 && std::string_view(":|,").find(text[i - 1]) != std::string_view::npos);
    if (c == ' ' && !goes_on) return i;
  }
  return text.size();
}

Item read_typed(std::string name, std::string_view rest) {
  const std::size_t end = type_end(rest);
  return {std::move(name), std::string(rest.substr(0, end)), std::string(trim(rest.substr(end)))};
}

// "name type text"
Item read_named(std::string_view rest) {
  const std::string_view name = first_word(rest);
  return read_typed(std::string(name), trim(rest.substr(name.size())));
}

// "type", "type name", "type name   text"
Item read_returned(std::string_view rest) {
  Item item = read_typed("", rest);
  const std::string text = item.text;
  const std::string_view word = first_word(text);
  if (word.size() == text.size() || starts_with(std::string_view(text).substr(word.size()), "  ")) {
    item.name = std::string(word);
    item.text = std::string(trim(std::string_view(text).substr(word.size())));
  }
  return item;
}

class StubParser {
 public:
  std::vector<Section> parse(const std::string& file, std::string_view text) {
    file_ = file;
    for (const std::string& line : split(text, '\n')) {
      ++line_;
      if (starts_with(line, "---@")) {
        read_annotation(std::string_view(line).substr(4));
      } else if (starts_with(line, "---")) {
        block_.text += line.substr(3) + "\n";
      } else {
        read_code(line);
      }
    }
    return std::move(sections_);
  }

 private:
  void read_annotation(std::string_view text) {
    const std::string word(first_word(text));
    const std::string_view rest = trim(text.substr(word.size()));
    if (word == "meta") {
      module_ = std::string(rest);
    } else if (word == "class") {
      open_section(std::string(rest));
    } else if (word == "alias") {
      const Item alias = read_named(rest);
      open_section(alias.name).text = cat("`", alias.type, "`\n");
    } else if (word == "field" && !sections_.empty()) {
      sections_.back().fields.push_back(read_named(rest));
    } else if (word == "param") {
      block_.params.push_back(read_named(rest));
    } else if (word == "return") {
      block_.returns.push_back(read_returned(rest));
    } else if (word != "generic") {
      refuse(cat("@", word));
    }
  }

  Section& open_section(const std::string& name) {
    sections_.push_back({name, "", std::exchange(block_, {}).text, {}, {}});
    Section& section = sections_.back();
    if (name == module_) section.text += cat("\n```lua\nlocal ", last_part(name), " = require \"", name, "\"\n```\n");
    return section;
  }

  static std::string last_part(const std::string& name) { return name.substr(name.rfind('.') + 1); }

  // "local db = {}", "json = {}", "function db:execute(sql, ...) end", "return expect", nothing
  void read_code(std::string_view line) {
    const bool local = starts_with(line, "local ");
    const std::string_view code = local ? line.substr(6) : line;
    const std::size_t equals = code.find(" = ");
    if (starts_with(code, "function ")) {
      add_function(code.substr(9));
    } else if (equals != std::string_view::npos && !sections_.empty()) {
      sections_.back().variable = std::string(code.substr(0, equals));
      if (!local) sections_.back().title = sections_.back().variable;
    } else if (!trim(code).empty() && !starts_with(code, "return ")) {
      refuse(code);
    }
    block_ = {};
  }

  void add_function(std::string_view code) {
    const std::size_t open = code.find('('), close = code.find(')');
    if (close == std::string_view::npos) refuse(code);
    std::vector<std::string> names;
    for (const std::string& name : split(code.substr(open + 1, close - open - 1), ',')) {
      names.push_back(with_mark(std::string(trim(name))));
    }
    const std::string_view path = code.substr(0, open);
    block_.signature = cat(path, "(", join(names, ", "), ")");
    section_of(path).functions.push_back(std::move(block_));
  }

  std::string with_mark(const std::string& name) const {
    for (const Item& param : block_.params) {
      if (param.name == name + "?") return param.name;
    }
    return name;
  }

  Section& section_of(std::string_view path) {
    const std::size_t end = path.find_first_of(".:");
    const std::string table(end == std::string_view::npos ? "" : path.substr(0, end));
    for (Section& section : sections_) {
      if (table.empty() ? section.title == kGlobalFunctions : section.variable == table) return section;
    }
    if (!table.empty()) refuse(cat("no class for ", path));
    sections_.push_back({kGlobalFunctions, "", "", {}, {}});
    return sections_.back();
  }

  [[noreturn]] void refuse(std::string_view what) const {
    throw std::runtime_error(cat(file_, ":", line_, ": not understood: ", what));
  }

  std::string file_;
  int line_ = 0;
  std::string module_;  // of "---@meta tide.expect"
  Function block_;      // what the lines above the next code say
  std::vector<Section> sections_;
};

std::string render_item(const std::string& role, const Item& item) {
  const std::string type = cat("`", item.type, "`");
  const std::string name = item.name.empty() ? type : cat("`", item.name, "` (", type, ")");
  return cat("- ", role, name, item.text.empty() ? "" : ": ", item.text, "\n");
}

std::string render_function(const Function& function) {
  std::string out = cat("\n### `", function.signature, "`\n");
  if (!function.text.empty()) out += cat("\n", function.text);
  if (!function.params.empty() || !function.returns.empty()) out += "\n";
  for (const Item& param : function.params) out += render_item("", param);
  for (const Item& returned : function.returns) out += render_item("returns ", returned);
  return out;
}

std::string render_section(const Section& section) {
  std::string out = cat("\n## ", section.title, "\n");
  if (!section.text.empty()) out += cat("\n", section.text);
  if (!section.fields.empty()) out += "\n";
  for (const Item& field : section.fields) out += render_item("", field);
  for (const Function& function : section.functions) out += render_function(function);
  return out;
}

// GitHub's: lower case, blanks as dashes, no punctuation.
std::string anchor(const std::string& title) {
  std::string out;
  for (const char c : lower(title)) {
    if (c != '.') out += c == ' ' ? '-' : c;
  }
  return out;
}

bool says_nothing(const Section& section) {
  return section.text.empty() && section.fields.empty() && section.functions.empty();
}

std::string render(std::vector<Section> sections) {
  sections.erase(std::remove_if(sections.begin(), sections.end(), says_nothing), sections.end());
  std::string out =
      "# Reference\n\n"
      "What a Lua script sees, in the order of the stubs in `stdlib/meta`, from which this page is made and which\n"
      "editors read too. A `?` marks what may be left out.\n\n";
  for (const Section& section : sections) out += cat("- [", section.title, "](#", anchor(section.title), ")\n");
  for (const Section& section : sections) out += render_section(section);
  return out;
}

std::vector<Section> read_stubs(const std::string& directory) {
  std::vector<std::string> names;
  for (const DirectoryEntry& entry : list_directory(directory)) names.push_back(entry.name);
  std::sort(names.begin(), names.end());
  std::vector<Section> all;
  for (const std::string& name : names) {
    for (Section& section : StubParser().parse(name, read_file(cat(directory, "/", name)))) {
      all.push_back(std::move(section));
    }
  }
  return all;
}

std::string first_difference(const std::string& found, const std::string& expected) {
  const std::vector<std::string> a = split(found, '\n'), b = split(expected, '\n');
  std::size_t i = 0;
  while (i < a.size() && i < b.size() && a[i] == b[i]) ++i;
  const auto at = [i](const std::vector<std::string>& lines) { return i < lines.size() ? lines[i] : "(the end)"; };
  return cat("line ", i + 1, " is\n  ", at(a), "\nand should be\n  ", at(b));
}

TEST(ReferenceTest, SaysWhatTheStubsSay) {
  const std::string root = TIDE_SOURCE_DIR;
  const std::string path = cat(root, "/docs/reference.md");
  const std::string expected = render(read_stubs(cat(root, "/stdlib/meta")));
  if (std::getenv("TIDE_UPDATE_DOCS") != nullptr) write_file(path, expected);
  const std::string found = is_file(path) ? read_file(path) : "";
  EXPECT_TRUE(found == expected) << "docs/reference.md is not what stdlib/meta says: "
                                 << first_difference(found, expected)
                                 << "\nTIDE_UPDATE_DOCS=1 tests/host_tests --gtest_filter='ReferenceTest.*'"
                                    " (in the build folder) writes it anew";
}

TEST(ReferenceTest, ATypeGoesOnInBracketsQuotesAndBehindSeparators) {
  struct Case {
    const char* text;
    const char* type;
  };
  for (const Case& one : std::vector<Case>{
           {"string", "string"},
           {"string   the server's", "string"},
           {"table<string, any>[] rows", "table<string, any>[]"},
           {"fun(): table<string, any>|nil   each", "fun(): table<string, any>|nil"},
           {"\"read committed\"|\"serializable\"   default", "\"read committed\"|\"serializable\""},
           {"{ backup?: string }   how old", "{ backup?: string }"},
       }) {
    EXPECT_EQ(std::string_view(one.text).substr(0, type_end(one.text)), one.type);
  }
}

TEST(ReferenceTest, AStubThatIsNotUnderstoodIsRefusedWithItsLine) {
  for (const char* text : {"---@meta\n---@overload fun()", "\nx()", "\nfunction shell.run(command) end"}) {
    try {
      StubParser().parse("x.lua", text);
      ADD_FAILURE() << "accepted: " << text;
    } catch (const std::runtime_error& error) {
      EXPECT_EQ(std::string(error.what()).rfind("x.lua:2: not understood: ", 0), 0U) << error.what();
    }
  }
}

}  // namespace
}  // namespace tide::test
