#include "cli/lint_report.h"

#include <algorithm>

#include "base/text.h"
#include "cli/console.h"
#include "cli/excerpt.h"
#include "cli/json_report.h"
#include "cli/statement_place.h"
#include "cli/width.h"

namespace tide {
namespace {

std::string indented(std::string_view text, const char* margin) {
  std::string out;
  for (const std::string& line : split(text, '\n')) out += line.empty() ? "\n" : cat(margin, line, "\n");
  return out;
}

// The number of the statement's first line in its file.
int first_line(const Finding& finding, const ScreenOptions& options) {
  if (finding.file.empty() || finding.line <= 0 || !options.read_file) return std::max(finding.line, 1);
  const auto text = options.read_file(finding.file);
  const int line = text ? line_of_statement(*text, {finding.statement, 0, finding.line, 0}) : 0;
  return line > 0 ? line : finding.line;
}

std::string place_text(const Finding& finding, int line) {
  const std::string& file = finding.file.empty() ? finding.unit : finding.file;
  if (finding.line <= 0 || finding.position <= 0) return cat(file, finding.line > 0 ? cat(":", line) : "");
  const auto offset = utf8_offset(finding.statement, static_cast<std::size_t>(finding.position));
  return cat(file, ":", line + place_of(finding.statement, offset).line - 1);
}

std::string label(const Finding& finding, const Style& style) {
  if (!finding.silenced.empty()) return style.dim("silenced");
  const std::string name = severity_name(finding.severity);
  return finding.severity == Severity::kDanger ? style.red(name) : style.yellow(name);
}

std::string finding_text(const Finding& finding, const ScreenOptions& options) {
  const Style& style = options.style;
  const int line = first_line(finding, options);
  std::string out =
      cat(printable(place_text(finding, line)), ": ", label(finding, style), ": ", style.bold(finding.rule->name));
  if (!finding.silenced.empty()) return cat(out, ": ", one_line(printable(finding.silenced)), "\n");
  out += "\n";
  if (!trim(finding.statement).empty()) {
    ExcerptOptions excerpt_options;
    excerpt_options.style = style;
    excerpt_options.first_line = line;
    const std::string block = excerpt(finding.statement, finding.position, excerpt_options);
    out += indented(block.substr(0, block.size() - 1), "    ");
  }
  out += cat("  ", finding.what, "\n");
  if (!finding.fact.empty()) out += cat("  ", one_line(printable(finding.fact)), "\n");
  out += cat("  ", style.dim("safe:"), "\n", indented(printable(finding.safe), "    "));
  return cat(out, "  ", style.dim(rule_page(*finding.rule)), "\n");
}

Json text_or_null(const std::string& text) { return text.empty() ? Json() : Json(text); }
Json number_or_null(int number) { return number > 0 ? Json(number) : Json(); }

Json finding_json(const Finding& finding) {
  return Json::Object{{"rule", finding.rule->name},
                      {"severity", severity_name(finding.severity)},
                      {"migration", finding.unit},
                      {"file", text_or_null(finding.file)},
                      {"line", number_or_null(finding.line)},
                      {"statement", text_or_null(finding.statement)},
                      {"position", number_or_null(finding.position)},
                      {"message", finding.what},
                      {"fact", text_or_null(finding.fact)},
                      {"safe", finding.safe},
                      {"docs", rule_page(*finding.rule)},
                      {"silenced", text_or_null(finding.silenced)}};
}

}  // namespace

std::string lint_text(const LintReport& report, const ScreenOptions& options) {
  std::string out;
  for (const Finding& finding : report.findings) out += cat(out.empty() ? "" : "\n", finding_text(finding, options));
  return out;
}

std::string lint_summary(const LintReport& report) {
  std::vector<std::string> parts;
  if (const int dangers = report.count(Severity::kDanger)) parts.push_back(counted(dangers, "danger"));
  if (const int advice = report.count(Severity::kAdvice)) parts.push_back(cat(advice, " advice"));
  if (const int silenced = report.silenced()) parts.push_back(cat(silenced, " silenced"));
  if (parts.empty()) parts.emplace_back("nothing found");
  return cat(join(parts, ", "), " in ", counted(report.statements, "statement"));
}

Json lint_json(const LintResult& result) {
  Json::List findings;
  for (const Finding& finding : result.report.findings) findings.push_back(finding_json(finding));
  return Json::Object{{"environment", text_or_null(result.environment)},
                      {"statements", result.report.statements},
                      {"dangers", result.report.count(Severity::kDanger)},
                      {"advice", result.report.count(Severity::kAdvice)},
                      {"silenced", result.report.silenced()},
                      {"findings", std::move(findings)},
                      {"error", result.error ? error_json(*result.error) : Json()}};
}

}  // namespace tide
