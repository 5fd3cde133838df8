#include "lint/lint.h"

#include <algorithm>
#include <utility>

#include "base/text.h"
#include "lint/judge.h"
#include "lint/pg_query.h"

namespace tide {

struct Linter::Parsed {
  ParsedSql sql;
  Node node() const { return Node(&sql.tree); }
};

namespace {

std::string transaction_word(const Node& statement) { return statement.as("TransactionStmt").text("kind"); }

bool begins(const Node& statement) {
  const std::string kind = transaction_word(statement);
  return kind == "TRANS_STMT_BEGIN" || kind == "TRANS_STMT_START";
}

bool ends(const Node& statement) {
  const std::string kind = transaction_word(statement);
  return kind == "TRANS_STMT_COMMIT" || kind == "TRANS_STMT_ROLLBACK" || kind == "TRANS_STMT_PREPARE";
}

bool changes_something(const Node& statement) {
  const std::string tag = statement.tag();
  return !tag.empty() && tag != "SelectStmt" && tag != "VariableSetStmt" && tag != "VariableShowStmt" &&
         tag != "TransactionStmt" && tag != "CommentStmt";
}

void judge_locks(Case& judged, std::size_t before) {
  if (!judged.transaction || before == 0 || judged.held->exclusive.size() <= before) return;
  std::vector<std::string> tables;
  for (const auto& [key, shown] : judged.held->exclusive) tables.push_back(shown);
  judged.accuse("many-locks", "", 0).fact = cat("locked by this transaction: ", join(tables, ", "));
}

void judge_timeout(Case& judged, std::size_t before) {
  if (judged.unit.lock_timeout || judged.held->altered.size() <= before) return;
  judged.accuse("no-lock-timeout", "", 0).fact = "the migration says lock_timeout = \"0\"";
}

void judge_unparsed(Case& judged, const ParsedSql& parsed) {
  Finding& finding = judged.accuse("not-parsed", "", -1);
  finding.position = parsed.position;
  finding.fact = cat(parsed.why, " (grammar of PostgreSQL ", grammar_version(), ")");
  if (!judged.options.ran) finding.severity = Severity::kDanger;  // nobody has taken it yet
}

void judge_statement(Case& judged, const Node& statement) {
  const std::size_t exclusive = judged.held->exclusive.size(), altered = judged.held->altered.size();
  judge_changes(judged, statement);
  judge_enum_use(judged, statement);
  if (const Judge judge = judge_of(statement.tag())) judge(judged, statement.body());
  judge_repetition(judged, statement);
  judge_locks(judged, exclusive);
  judge_timeout(judged, altered);
}

// The statements of one unit, one after the other.
class UnitHearing {
 public:
  UnitHearing(const LintUnit& unit, World& world, const LintOptions& options,
              std::vector<PendingForeignKey>& foreign_keys, std::vector<Finding>& findings)
      : unit_(unit), world_(world), options_(options), foreign_keys_(foreign_keys), findings_(findings) {}

  template <class At>
  void hear(std::size_t first, const At& parsed_at) {
    const std::size_t count = unit_.statements.size();
    bool own_begin = false;
    std::size_t last = 0;  // that changes something
    for (std::size_t i = 0; i < count; ++i) {
      own_begin = own_begin || begins(parsed_at(first + i).node());
      if (changes_something(parsed_at(first + i).node())) last = i;
    }
    for (std::size_t i = 0; i < count; ++i) {
      const auto& parsed = parsed_at(first + i);
      Case judged(unit_, unit_.statements[i], world_, options_, findings_);
      judged.transaction = open_ || (unit_.transaction && !own_begin);
      judged.several = i < last;
      judged.held = &held_;
      judged.foreign_keys = &foreign_keys_;
      if (!judged.transaction) held_ = {};
      const std::size_t found = findings_.size(), keys = foreign_keys_.size();
      if (!judged.statement.opaque.empty()) {
        judged.accuse("not-looked-into", "", 0).fact = judged.statement.opaque;
      } else if (parsed.sql.why.empty()) {
        judge_statement(judged, parsed.node());
      } else {
        judge_unparsed(judged, parsed.sql);
      }
      for (std::size_t at = found; at < findings_.size(); ++at) findings_[at].index = first + i;
      for (std::size_t at = keys; at < foreign_keys_.size(); ++at) foreign_keys_[at].finding.index = first + i;
      follow(parsed.node());
    }
  }

 private:
  void follow(const Node& statement) {
    if (begins(statement)) open_ = true;
    if (ends(statement)) open_ = false;
    if (begins(statement) || ends(statement)) held_ = {};
  }

  const LintUnit& unit_;
  World& world_;
  const LintOptions& options_;
  std::vector<PendingForeignKey>& foreign_keys_;
  std::vector<Finding>& findings_;
  HeldTransaction held_;
  bool open_ = false;  // between a BEGIN and its COMMIT
};

// What nobody could know of is not said: the indexes of a table that no catalog has told of.
void judge_foreign_keys(std::vector<PendingForeignKey>& pending, const World& world, std::vector<Finding>& findings) {
  for (PendingForeignKey& key : pending) {
    const bool told = world.facts().known || world.is_new(key.table);
    if (told && world.exists(key.table) && !world.has_index_on(key.table, key.columns))
      findings.push_back(std::move(key.finding));
  }
}

void silence(const LintUnit& unit, std::size_t index, std::vector<Finding>& findings) {
  for (const Silence& silence : unit.silences) {
    bool used = false;
    for (Finding& finding : findings) {
      if (finding.unit != unit.name || silence.rule != finding.rule->name) continue;
      finding.silenced = silence.reason;
      used = true;
    }
    if (used || !unit.complete) continue;
    Finding finding;
    finding.rule = &lint_rule("unused-silence");
    finding.severity = finding.rule->severity;
    finding.index = index;
    finding.unit = unit.name;
    finding.file = unit.file;
    finding.line = silence.line;
    finding.fact = cat("nothing here is ", silence.rule);
    finding.what = finding.rule->what;
    finding.safe = finding.rule->safe;
    findings.push_back(std::move(finding));
  }
}

}  // namespace

int LintReport::count(Severity severity) const {
  return static_cast<int>(std::count_if(findings.begin(), findings.end(), [&](const Finding& finding) {
    return finding.severity == severity && finding.silenced.empty();
  }));
}

int LintReport::silenced() const {
  return static_cast<int>(std::count_if(findings.begin(), findings.end(),
                                        [](const Finding& finding) { return !finding.silenced.empty(); }));
}

Linter::Linter(std::vector<LintUnit> units) : units_(std::move(units)) {
  for (const LintUnit& unit : units_) {
    for (const LintStatement& statement : unit.statements)
      parsed_.push_back({statement.opaque.empty() ? parse_postgres(statement.sql) : ParsedSql()});
  }
}

Linter::~Linter() = default;

NamesAsked Linter::names() const {
  NamesAsked names;
  const auto add = [&](const std::vector<std::string>& parts) {
    if (!parts.empty())
      names.relations.insert(quoted_name(parts.size() > 1 ? parts[parts.size() - 2] : "", parts.back()));
  };
  for (const Parsed& parsed : parsed_) {
    parsed.node().walk([&](const std::string& tag, const Node& body) {
      if (body["relname"]) names.relations.insert(quoted_name(body.text("schemaname"), body.text("relname")));
      if (tag == "DropStmt") {
        for (const Node& object : body.list("objects")) add(object_name(object));
      }
      const auto function = tag == "FuncCall" ? names_of(body.list("funcname")) : std::vector<std::string>();
      if (!function.empty()) names.functions.insert(function.back());
    });
  }
  return names;
}

LintReport Linter::judge(const Facts& facts, const LintOptions& options) const {
  LintReport report;
  World world(facts, options.ran);
  std::vector<PendingForeignKey> foreign_keys;
  std::size_t first = 0;
  for (const LintUnit& unit : units_) {
    UnitHearing(unit, world, options, foreign_keys, report.findings).hear(first, [&](std::size_t at) -> const Parsed& {
      return parsed_[at];
    });
    first += unit.statements.size();
  }
  const bool complete = std::all_of(units_.begin(), units_.end(), [](const LintUnit& unit) { return unit.complete; });
  if (complete) judge_foreign_keys(foreign_keys, world, report.findings);
  std::size_t end = 0;
  for (const LintUnit& unit : units_) silence(unit, end += unit.statements.size(), report.findings);
  std::stable_sort(report.findings.begin(), report.findings.end(),
                   [](const Finding& a, const Finding& b) { return a.index < b.index; });
  report.statements = static_cast<int>(parsed_.size());
  return report;
}

}  // namespace tide
