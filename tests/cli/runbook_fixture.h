#pragma once

#include <filesystem>
#include <string>
#include <utility>

#include "cli/project.h"

namespace tide::test {

// A project whose scripts/task.lua is a runbook of the test's own.
class RunbookFixture {
 public:
  explicit RunbookFixture(Engine engine = Engine::kSqlite) : project(engine) {}

  void write_book(const std::string& text) const {
    project.write("scripts/task.lua",
                  "local runbook = require 'tide.runbook'\nreturn runbook {\n title = 'Task',\n" + text + "\n}\n");
  }
  Outcome run_book(const std::string& text, Args more = {}, const Env& env = {}) const {
    write_book(text);
    more.insert(more.begin(), {"run", "task"});
    return project.tide(more, env);
  }
  // A runbook of one phase with these steps.
  Outcome run_steps(const std::string& steps, Args more = {}, const Env& env = {}) const {
    return run_book("phases = { { 'Do',\n" + steps + "\n} }", std::move(more), env);
  }
  // Of the first run, below the project.
  std::string folder() const {
    for (const auto& entry : std::filesystem::directory_iterator(project.path(".tide/runs"))) {
      if (entry.is_directory()) return ".tide/runs/" + entry.path().filename().string() + "/";
    }
    return "";
  }
  std::string journal() const { return folder() + "journal.jsonl"; }
  std::string report() const { return project.tide({"report", "last"}).out; }

  Project project;
};

}  // namespace tide::test
