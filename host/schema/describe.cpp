#include "schema/describe.h"

#include <map>
#include <string_view>
#include <vector>

#include "base/text.h"
#include "schema/json_tree.h"
#include "schema/kinds.h"
#include "schema/names.h"

namespace tide {
namespace {

using How = SchemaChange::How;

constexpr std::size_t kLongest = 100;  // characters of a value that still reads within a sentence

std::string subject(const SchemaChange& change) {
  const std::string object = cat(kind_word(change.kind), " ", shown_name(change.object));
  if (change.collection.empty()) return object;
  return cat(object, ": ", kind_word(change.collection), " ", change.part);
}

std::string shown(const std::string& property, const Json& value) {
  const auto* list = std::get_if<Json::List>(&value.data);
  const std::string text = text_of(value);
  if (property == "type" || property == "returns") return shown_type(text);
  if (property == "comment") return cat("'", text, "'");
  if (list == nullptr) return text.empty() ? dump_json(value) : text;
  std::vector<std::string> items;
  for (const Json& item : *list) items.push_back(text_of(item));
  return join(items, ", ");
}

bool is_true(const Json* value) { return value != nullptr && dump_json(*value) == "true"; }

// How a property that is on or off is said of its subject.
struct Switch {
  std::string_view on;
  std::string_view off;
};

const Switch* find_switch(const std::string& property) {
  static const std::map<std::string, Switch, std::less<>> kSwitches = {
      {"not_null", {"refuses NULL", "takes NULL"}},
      {"validated", {"is validated", "is not validated"}},
      {"valid", {"is valid", "is invalid"}},
      {"row_security", {"has row security", "has no row security"}},
      {"row_security_forced", {"forces row security on its owner", "does not force row security on its owner"}},
      {"unlogged", {"is unlogged", "is logged"}},
      {"permissive", {"is permissive", "is restrictive"}},
      {"cycle", {"cycles", "does not cycle"}},
      {"strict", {"is STRICT", "is not STRICT"}},
      {"without_rowid", {"is WITHOUT ROWID", "has rowids"}},
      {"autoincrement", {"counts with AUTOINCREMENT", "has no AUTOINCREMENT"}},
      {"clustered", {"is clustered on", "is not clustered on"}},
      {"replica_identity", {"is the replica identity", "is not the replica identity"}},
  };
  const auto found = kSwitches.find(property);
  return found == kSwitches.end() ? nullptr : &found->second;
}

// The first line that differs, of two long texts.
std::string first_difference(const std::string& a, const std::string& b, const SchemaSides& sides) {
  const std::vector<std::string> left = split(a, '\n'), right = split(b, '\n');
  std::size_t i = 0;
  while (i < left.size() && i < right.size() && left[i] == right[i]) ++i;
  const auto line = [i](const std::vector<std::string>& lines) {
    return i < lines.size() ? cat("`", trim(lines[i]), "`") : std::string("the end");
  };
  return cat(" from line ", i + 1, " on: ", line(left), " in ", sides.a, " and ", line(right), " in ", sides.b);
}

// "type" is what a thing is, a definition reads for itself; anything else is named.
std::string verb(const SchemaChange& change) {
  const std::string& property = change.property;
  if (property == "type" || property == "definition" || property == "enabled") return " is ";
  std::string words = property;
  for (char& c : words) {
    if (c == '_') c = ' ';
  }
  const auto is_list = [](const Json* value) {
    return value != nullptr && std::holds_alternative<Json::List>(value->data);
  };
  return cat(": ", words, is_list(change.a) || is_list(change.b) ? " are " : " is ");
}

std::string describe_difference(const SchemaChange& change, const SchemaSides& sides) {
  const std::string head = subject(change);
  const Switch* words = find_switch(change.property);
  if (words != nullptr && (is_true(change.a) || is_true(change.b))) {
    return cat(head, " ", is_true(change.a) ? words->on : words->off, " in ", sides.a, " and ",
               is_true(change.b) ? words->on : words->off, " in ", sides.b);
  }
  if (change.property == "default" && (change.a == nullptr || change.b == nullptr)) {
    const bool in_a = change.a != nullptr;
    return cat(head, " has the default ", shown("default", either(change.a, change.b)), " in ",
               in_a ? sides.a : sides.b, " and none in ", in_a ? sides.b : sides.a);
  }
  const std::string a = change.a != nullptr ? shown(change.property, *change.a) : "none";
  const std::string b = change.b != nullptr ? shown(change.property, *change.b) : "none";
  const bool long_text = a.size() + b.size() > 2 * kLongest || cat(a, b).find('\n') != std::string::npos;
  if (!long_text) return cat(head, verb(change), a, " in ", sides.a, " and ", b, " in ", sides.b);
  const std::string what = change.property == "definition" ? "its definition" : change.property;
  return cat(head, ": ", what, " differs", first_difference(a, b, sides));
}

// What a person wants to know of a thing that one side lacks.
std::string more_about(const SchemaChange& change) {
  const Json& value = either(change.a, change.b);
  if (change.collection == kColumns) {
    return cat(" (", shown_type(text_of(value, "type")), flag_of(value, "not_null") ? ", refuses NULL)" : ")");
  }
  const std::string definition = text_of(value, "definition");
  if (change.collection != "constraints" || definition == change.part || definition.size() > kLongest) return "";
  return cat(" (", definition, ")");
}

Json change_json(const SchemaChange& change, const SchemaSides& sides) {
  static constexpr const char* kHow[] = {"only_in_a", "only_in_b", "differs"};
  Json::Object out = {
      {"change", kHow[static_cast<int>(change.how)]}, {"kind", kind_word(change.kind)}, {"name", change.object}};
  if (!change.collection.empty()) {
    out.emplace_back("part_kind", kind_word(change.collection));
    out.emplace_back("part", change.part);
  }
  if (!change.property.empty()) out.emplace_back("property", change.property);
  if (change.a != nullptr) out.emplace_back("a", *change.a);
  if (change.b != nullptr) out.emplace_back("b", *change.b);
  out.emplace_back("text", describe(change, sides));
  return out;
}

}  // namespace

Json differences_json(const std::vector<SchemaChange>& changes, const SchemaSides& sides) {
  Json::List list;
  for (const SchemaChange& change : changes) list.push_back(change_json(change, sides));
  return list;
}

std::string describe(const SchemaChange& change, const SchemaSides& sides) {
  if (change.how == How::kDiffers) return describe_difference(change, sides);
  return cat(subject(change), more_about(change), " is only in ", change.how == How::kOnlyInA ? sides.a : sides.b);
}

}  // namespace tide
