// A JSON document as this program prints it: one object that begins with its schema and the program's version, keys in
// the order in which they are put, null where a quantity has no value, text that is always valid UTF-8.
//
// A path names a place: keys and positions in lists, joined by dots ("cores.0.stall_ps.load"). What lies on the way is
// made when it is first named.
#pragma once

#include <memory>
#include <string>
#include <string_view>
#include <type_traits>
#include <vector>

#include "base/value.h"

namespace tessera::base {

class JsonDocument {
 public:
  // `schema`: what the document is and in which revision of its keys, as "tessera.summary/1". A revision counts up when
  // a key is renamed, removed or changes its meaning, not when one is added.
  explicit JsonDocument(std::string_view schema);
  ~JsonDocument();

  void put(std::string_view path, const Value& value);
  template <class T>
  requires(!std::is_same_v<T, Value>) void put(std::string_view path, const T& value) { put(path, value_of(value)); }
  void put_list(std::string_view path, const std::vector<std::string>& texts);
  void put_list(std::string_view path, const std::vector<std::int64_t>& numbers);
  // An empty list, or an empty object; what is put below it fills it.
  void open_list(std::string_view path);
  void open_object(std::string_view path);
  // Appends an empty object to the list at `path`; returns the path of what is put into it, "cores.3." with its dot.
  [[nodiscard]] std::string append(std::string_view path);

  // Indented by two; ends without a new line.
  [[nodiscard]] std::string text() const;

 private:
  struct Tree;
  std::unique_ptr<Tree> tree_;
};

}  // namespace tessera::base
