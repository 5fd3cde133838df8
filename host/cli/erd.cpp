#include "schema/erd.h"

#include "base/text.h"
#include "cli/commands.h"
#include "cli/schema_source.h"
#include "cli/session.h"
#include "tide/error.h"

namespace tide {
namespace {

std::string drawn(const Erd& erd, const std::string& format) {
  if (format == "dot") return erd_dot(erd);
  return format == "svg" ? erd_svg(erd) : erd_mermaid(erd);
}

std::vector<std::string> patterns_of(const Args& args) {
  std::vector<std::string> patterns;
  for (const std::string& given : args.texts("tables")) {
    for (const std::string& pattern : split(given, ',')) patterns.emplace_back(trim(pattern));
  }
  return patterns;
}

}  // namespace

int run_erd(Session& session) {
  const Args& args = session.args();
  const std::string source = args.text("SOURCE"), format = args.text("format", "mermaid");
  const NamedSchema schema = source.empty() ? own_schema(session) : find_schema(session, source);
  const Erd erd = erd_of(schema.snapshot, patterns_of(args));
  if (erd.tables.empty() && args.has("tables")) {
    throw Error(ErrorKind::kUsage, cat("no table of ", schema.name, " is like ", args.text("tables")));
  }
  if (session.json()) {
    session.output().document(Json::Object{{"format", format}, {"text", drawn(erd, format)}});
  } else {
    session.output().print(drawn(erd, format));
  }
  return 0;
}

}  // namespace tide
