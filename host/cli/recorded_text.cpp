#include "cli/recorded_text.h"

#include "base/text.h"
#include "cli/console.h"
#include "cli/value_text.h"
#include "cli/width.h"

namespace tide {
namespace {

std::string statement_text(const Event& event) {
  std::string out = cat(printable(trim(event.sql)), ends_with(trim(event.sql), ";") ? "\n" : ";\n");
  for (std::size_t i = 0; i < event.params.size(); ++i) {
    out += cat("--   $", i + 1, " = ", one_line(printable(value_text(event.params[i]))), "\n");
  }
  if (event.error) return cat(out, "-- refused after ", human_duration(event.ms), "\n\n");
  if (event.recorded) return cat(out, "-- recorded, not run: it cannot run inside a transaction\n\n");
  return cat(out, "-- ", counted(event.rows, "row"), ", ", human_duration(event.ms), "\n\n");
}

std::string effect_text(const Event& event) {
  const std::string what = cat("-- ", event.name, ": ", one_line(printable(event.text)), "\n");
  if (event.recorded) return cat(what, "-- recorded, not done\n\n");
  return cat(what, event.error ? "-- failed after " : "-- done in ", human_duration(event.ms), "\n\n");
}

}  // namespace

std::string recorded_text(const Event& event) {
  return event.kind == Event::Kind::kEffect ? effect_text(event) : statement_text(event);
}

}  // namespace tide
