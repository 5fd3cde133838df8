#pragma once

#include <cstdint>
#include <functional>
#include <string>
#include <string_view>
#include <vector>

#include "base/json.h"

namespace tide {

// A node of a parse tree, as a view; absent where the tree has none, and absent nodes may be asked for everything.
// Members that hold nothing are left out of a tree, so that false, 0 and "" are what an absent one says.
class Node {
 public:
  Node() = default;
  explicit Node(const Json* json) : json_(json) {}

  explicit operator bool() const { return json_ != nullptr; }
  Node operator[](std::string_view member) const;
  std::string text(std::string_view member) const;
  bool flag(std::string_view member) const;
  std::int64_t number(std::string_view member) const;
  std::vector<Node> list(std::string_view member) const;
  // The one item of a node that holds its kind: {"ColumnDef": {...}} has the tag "ColumnDef" and the body {...}.
  std::string tag() const;
  Node body() const;
  Node as(std::string_view tag) const;  // the body, if that is its tag
  // Byte offset in the statement; -1 when it has none.
  int location() const;

  // This node and all below it, from the outside in, each with its tag ("" for one without).
  void walk(const std::function<void(const std::string& tag, Node body)>& visit) const;

 private:
  const Json* json_ = nullptr;
};

// The texts of a list of names: [{"String": {"sval": "a"}}, ...].
std::vector<std::string> names_of(const std::vector<Node>& list);

// The parts of a name in a list of objects, as DROP has it: {"List": ...}, {"TypeName": ...}, {"String": ...}.
std::vector<std::string> object_name(const Node& object);

}  // namespace tide
