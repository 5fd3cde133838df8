#include "lint/tree.h"

namespace tide {
namespace {

template <class Held>
const Held* held(const Json* json) {
  return json == nullptr ? nullptr : std::get_if<Held>(&json->data);
}

}  // namespace

Node Node::operator[](std::string_view member) const {
  return Node(held<Json::Object>(json_) == nullptr ? nullptr : json_->find(member));
}

std::string Node::text(std::string_view member) const {
  const auto* text = held<std::string>((*this)[member].json_);
  return text == nullptr ? "" : *text;
}

bool Node::flag(std::string_view member) const {
  const bool* flag = held<bool>((*this)[member].json_);
  return flag != nullptr && *flag;
}

std::int64_t Node::number(std::string_view member) const {
  const auto* number = held<std::int64_t>((*this)[member].json_);
  return number == nullptr ? 0 : *number;
}

std::vector<Node> Node::list(std::string_view member) const {
  std::vector<Node> nodes;
  const auto* items = held<Json::List>((*this)[member].json_);
  if (items == nullptr) return nodes;
  for (const Json& item : *items) nodes.emplace_back(&item);
  return nodes;
}

std::string Node::tag() const {
  const auto* members = held<Json::Object>(json_);
  return members != nullptr && members->size() == 1 ? members->front().first : "";
}

Node Node::body() const { return tag().empty() ? Node() : (*this)[tag()]; }

Node Node::as(std::string_view tag_wanted) const { return tag() == tag_wanted ? body() : Node(); }

int Node::location() const { return (*this)["location"] ? static_cast<int>(number("location")) : -1; }

void Node::walk(const std::function<void(const std::string& tag, Node body)>& visit) const {
  if (const auto* items = held<Json::List>(json_)) {
    for (const Json& item : *items) Node(&item).walk(visit);
  }
  if (const auto* members = held<Json::Object>(json_)) {
    for (const auto& [name, value] : *members) {
      visit(name, Node(&value));
      Node(&value).walk(visit);
    }
  }
}

std::vector<std::string> names_of(const std::vector<Node>& list) {
  std::vector<std::string> names;
  for (const Node& item : list) {
    if (const Node name = item.as("String")) names.push_back(name.text("sval"));
  }
  return names;
}

std::vector<std::string> object_name(const Node& object) {
  if (const Node list = object.as("List")) return names_of(list.list("items"));
  if (const Node type = object.as("TypeName")) return names_of(type.list("names"));
  if (const Node name = object.as("String")) return {name.text("sval")};
  return names_of(object.as("ObjectWithArgs").list("objname"));
}

}  // namespace tide
