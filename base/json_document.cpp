#include "base/json_document.h"

#include <nlohmann/json.hpp>

#include "base/utf8.h"
#include "base/version.h"

namespace tessera::base {

using Json = nlohmann::ordered_json;

struct JsonDocument::Tree {
  Json root = Json::object();

  // Positions become list entries because nlohmann's pointers make a list where a number is the first key named.
  Json& at(std::string_view path) {
    std::string pointer = "/";
    for (const char c : path) {
      if (c == '.') pointer += '/';
      else if (c == '~') pointer += "~0";
      else if (c == '/') pointer += "~1";
      else pointer += c;
    }
    return root[Json::json_pointer(pointer)];
  }
};

JsonDocument::JsonDocument(std::string_view schema) : tree_(std::make_unique<Tree>()) {
  put("schema", schema);
  put("program", "tessera");
  put("version", version());
}
JsonDocument::~JsonDocument() = default;

void JsonDocument::put(std::string_view path, const Value& value) {
  tree_->at(path) = std::visit(
      [](const auto& v) {
        if constexpr (std::is_same_v<std::decay_t<decltype(v)>, std::monostate>) return Json(nullptr);
        else if constexpr (std::is_same_v<std::decay_t<decltype(v)>, std::string>) return Json(as_utf8(v));
        else return Json(v);
      },
      value);
}

void JsonDocument::put_list(std::string_view path, const std::vector<std::string>& texts) {
  Json list = Json::array();
  for (const std::string& text : texts) list.push_back(as_utf8(text));
  tree_->at(path) = std::move(list);
}
void JsonDocument::put_list(std::string_view path, const std::vector<std::int64_t>& numbers) {
  tree_->at(path) = numbers;
}
void JsonDocument::open_list(std::string_view path) { tree_->at(path) = Json::array(); }
void JsonDocument::open_object(std::string_view path) { tree_->at(path) = Json::object(); }

std::string JsonDocument::append(std::string_view path) {
  Json& list = tree_->at(path);
  list.push_back(Json::object());
  return std::string(path) + '.' + std::to_string(list.size() - 1) + '.';
}

std::string JsonDocument::text() const { return tree_->root.dump(2, ' ', false, Json::error_handler_t::replace); }

}  // namespace tessera::base
