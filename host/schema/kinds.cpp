#include "schema/kinds.h"

namespace tide {

const std::vector<SchemaKind>& schema_kinds() {
  static const std::vector<SchemaKind> kinds = {
      {"domains", "domain"},
      {"enums", "enum"},
      {"event_triggers", "event trigger"},
      {"extensions", "extension"},
      {"foreign_tables", "foreign table"},
      {"functions", "function"},
      {"materialized_views", "materialized view"},
      {"ranges", "range type"},
      {"schemas", "schema"},
      {"sequences", "sequence"},
      {"tables", "table"},
      {"types", "type"},
      {"views", "view"},
      {"virtual_tables", "virtual table"},
      {"columns", "column", true},
      {"constraints", "constraint", true},
      {"indexes", "index", true},
      {"policies", "policy", true},
      {"rules", "rule", true},
      {"statistics", "statistics", true},
      {"triggers", "trigger", true},
  };
  return kinds;
}

const SchemaKind* find_kind(std::string_view name) {
  for (const SchemaKind& kind : schema_kinds()) {
    if (kind.name == name) return &kind;
  }
  return nullptr;
}

std::string kind_word(std::string_view name) {
  const SchemaKind* kind = find_kind(name);
  return kind != nullptr ? kind->word : std::string(name);
}

bool is_view(std::string_view kind) { return kind == "views" || kind == "materialized_views"; }

}  // namespace tide
