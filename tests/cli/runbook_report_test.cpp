#include <utility>

#include "cli/runbook_fixture.h"

namespace tide::test {
namespace {

// All that a report can show, in one run.
const char* const kRich = R"lua(
  description = 'Shows <everything> & more', risk = 'high', budget = '20ms',
  inputs = { app = { default = 'a-rather-long-name-of-an-application-that-has-no-place-to-break.example.test' } },
  facts = { expected = { tables = 1, columns = 12, constraints = 'any', rows = 'any' } },
  timers = { { 'Post a status update', every = '100ms' } },
  preflight = function(run) run:need(true, 'this holds') end,
  phases = {
    { 'Prepare', budget = '1s',
      { 'Approve', approve = 'Really?' },
      { 'On', always_down = true, up = function() end, down = function() end },
      { 'Print', budget = '1ms', up = function(run)
        shell.sh "echo '<script>document.title = 1</script>'; printf 'x%.0s' $(seq 1 600)"
        run:evidence('an answer', { status = 200, body = ('y'):rep(300) })
        run:evidence('rows', { { name = 'a', count = 1 }, { name = 'b', count = 2 } })
        run:check('the check of a step', true)
      end },
    },
    { 'Work',
      { 'Migrate', up = function(run) run:migrate() end, down = function(run) run:migrate_down() end },
      { 'Flaky', retries = 1, retry_pause = '10ms', up = function(run) run.n = (run.n or 0) + 1 if run.n == 1 then error 'once' end end },
      { 'Watch', for_ = '150ms', every = '50ms', watch = { { 'errors', function() return true end }, { 'latency', function() return true end } } },
      { 'Stop', when = function() return not fs.exists 'go' end, up = function() error 'a failure to be looked at' end },
      { 'Say', manual = 'Tell them' },
    },
  },
  success = { { 'It is true', function() end } },
  follow_up = { 'Look again tomorrow' },
)lua";

std::string wide_table() {
  std::string columns = "id integer PRIMARY KEY";
  for (int i = 1; i < 12; ++i) columns += ", column_with_a_long_name_" + std::to_string(i) + " text";
  return sql_migration("CREATE TABLE wide (" + columns + ")", "DROP TABLE wide");
}

std::string browser() {
  for (const char* name : {"chromium", "chromium-browser", "google-chrome"}) {
    Command command;
    command.argv = {"sh", "-c", std::string("command -v ") + name};
    if (run(command).code == 0) return name;
  }
  return "";
}

class RunbookReport : public testing::Test, public RunbookFixture {
 protected:
  RunbookReport() { project.write("migrations/1_wide.lua", wide_table()); }
  Outcome run_rich() const { return run_book(kRich, {"--yes", "--set", "approved_by=Selene"}); }
  // What the page looks like from inside: its width in the window, and what a script of ours finds. All is unfolded.
  std::string look_at(const std::string& width, const std::string& colours) const {
    std::string page = project.read(folder() + "report.html");
    page.insert(page.find("</body>"), R"(<script>
      const errors = []; addEventListener('error', e => errors.push(e.message));
      for (const each of document.querySelectorAll('details')) each.open = true;
      addEventListener('load', () => {
        const images = [...document.images].map(image => image.naturalWidth > 0 ? 'shown' : 'broken');
        const root = document.documentElement;
        const outside = [...document.querySelectorAll('main *')].filter(e => !e.closest('.scroll') &&
          e.getBoundingClientRect().right > root.clientWidth + 1).map(e => e.tagName);
        document.title = JSON.stringify({ width: root.clientWidth, scroll: root.scrollWidth, outside, images, errors,
          background: getComputedStyle(document.body).backgroundColor, steps: document.querySelectorAll('.step, summary').length });
      });</script>)");
    project.write("frame.html",
                  "<!doctype html><title>-</title><iframe id='page' src='open.html' style='border:0;width:" + width +
                      "px;height:900px'></iframe><script>addEventListener('load', () => "
                      "{ document.title = document.getElementById('page').contentDocument.title })</script>");
    project.write("open.html", page);
    Command command;
    command.argv = {browser(),
                    "--headless",
                    "--no-sandbox",
                    "--disable-gpu",
                    "--hide-scrollbars",
                    "--disable-dev-shm-usage",
                    "--allow-file-access-from-files",
                    "--user-data-dir=" + project.path("browser"),
                    "--blink-settings=preferredColorScheme=" + colours,
                    "--dump-dom",
                    "file://" + project.path("frame.html")};
    const std::string dom = run(command).out;
    const std::size_t from = dom.find("<title>") + 7;
    return dom.substr(from, dom.find("</title>") - from);
  }
};

TEST_F(RunbookReport, ShowsAllThatARunTells) {
  EXPECT_TRUE(exits(run_rich(), 1));
  EXPECT_TRUE(contains(report(), "| Result | failed: 2.4 Stop: a failure to be looked at |"));
  project.write("go", "");
  EXPECT_TRUE(exits(project.tide({"run", "task", "--resume", "--yes"}), 0));
  const std::string html = project.read(folder() + "report.html"), text = report();
  for (const char* part :
       {"Shows &lt;everything&gt; &amp; more", "Selene", "this holds", "the check of a step", "looked", "errors",
        "latency", "Post a status update", "step 1.3 has used up its budget", "the run has used up its budget",
        "Resumed by", "taken back at the end", "2 tries", "After the failure", "It is true", "Look again tomorrow"}) {
    EXPECT_TRUE(contains(html, part)) << part;
  }
  EXPECT_TRUE(lacks(html, "<script"));
  EXPECT_TRUE(contains(html, "<th>count</th><th>name</th>"));
  EXPECT_TRUE(contains(html, "class=\"session\""));
  for (const char* part : {"approved by **Selene**", "| count | name |", "looked", "after the failure: **retry**"}) {
    EXPECT_TRUE(contains(text, part));
  }
}

TEST_F(RunbookReport, IsWholeInABrowserWideAndNarrowLightAndDark) {
  if (browser().empty()) GTEST_SKIP() << "there is no browser here to look at the report with";
  EXPECT_TRUE(exits(run_rich(), 1));
  for (const auto& [width, colours] : {std::pair{"400", "0"}, {"1200", "1"}}) {
    SCOPED_TRACE(width);
    const std::string found = look_at(width, colours);
    ASSERT_TRUE(Json::accept(found)) << found;
    const Json page = Json::parse(found);
    EXPECT_EQ(page["width"], std::stoi(width));
    EXPECT_EQ(page["scroll"], page["width"]) << "the page is wider than its window";
    EXPECT_EQ(page["outside"], Json::array());
    EXPECT_EQ(page["errors"], Json::array());
    EXPECT_EQ(page["images"], Json({"shown", "shown"}));
    EXPECT_EQ(page["background"], std::string(colours) == "0" ? "rgb(15, 20, 25)" : "rgb(255, 255, 255)");
    EXPECT_GT(page["steps"], 8);
  }
}

}  // namespace
}  // namespace tide::test
