// Reads a map whose keys the reader's own code knows, one getter per key; for free-form files such as network graphs.
//
//   MapReader conv(node, "operators[3]", problems);
//   const auto kernel = conv.integer("kernel", Range::positive());      // required: 0 and a diagnostic if missing
//   const auto stride = conv.integer_or("stride", 1, Range::positive());
//   conv.finish();                                                      // every key that nobody asked for is an error
//
// Getters never stop: everything that is wrong with a file is collected, and ok() says whether anything was.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "base/config/node.h"
#include "base/config/values.h"

namespace tessera::base {

class MapReader {
 public:
  // `path` is how messages call the map; empty at the top. Node and problems outlive the reader. A node that is no
  // map is reported once, and the getters stay silent.
  MapReader(const Node& node, std::string path, Diagnostics& problems);

  [[nodiscard]] bool has(std::string_view key) const { return node_->find(key) != nullptr; }
  // The value of a key, which counts as asked for; nullptr if it is not there. `require` reports that.
  [[nodiscard]] const Node* find(std::string_view key);
  [[nodiscard]] const Node* require(std::string_view key, std::string_view wanted);

  [[nodiscard]] std::int64_t integer(std::string_view key, Range = {});
  [[nodiscard]] std::int64_t integer_or(std::string_view key, std::int64_t fallback, Range = {});
  [[nodiscard]] double real(std::string_view key, RealRange = {});
  [[nodiscard]] double real_or(std::string_view key, double fallback, RealRange = {});
  [[nodiscard]] bool flag_or(std::string_view key, bool fallback);
  [[nodiscard]] std::string text(std::string_view key);
  [[nodiscard]] std::string text_or(std::string_view key, std::string fallback);
  [[nodiscard]] std::int64_t quantity(std::string_view key, Dimension, Range = {});
  [[nodiscard]] std::int64_t quantity_or(std::string_view key, std::int64_t fallback, Dimension, Range = {});
  // The index in `choices`.
  [[nodiscard]] std::size_t choice(std::string_view key, const std::vector<std::string>& choices);
  [[nodiscard]] std::size_t choice_or(std::string_view key, std::size_t fallback,
                                      const std::vector<std::string>& choices);
  [[nodiscard]] std::vector<std::int64_t> integers(std::string_view key, Range = {});
  [[nodiscard]] std::vector<std::int64_t> integers_or(std::string_view key, std::vector<std::int64_t> fallback,
                                                      Range = {});
  // A list of texts; a single text counts as a list of one.
  [[nodiscard]] std::vector<std::string> texts(std::string_view key);
  [[nodiscard]] std::vector<std::string> texts_or(std::string_view key, std::vector<std::string> fallback);
  // The items of a list; empty after a diagnostic.
  [[nodiscard]] const std::vector<Node>& list(std::string_view key);
  [[nodiscard]] const std::vector<Node>& list_or_empty(std::string_view key);

  // Reports every key that no getter asked for, with the closest that one did ask for. True if all was well so far.
  bool finish();
  [[nodiscard]] bool ok() const { return problems_->list().size() == before_; }

  // "operators[3].kernel"
  [[nodiscard]] std::string path_of(std::string_view key) const;
  [[nodiscard]] const std::string& path() const { return path_; }
  [[nodiscard]] const Node& node() const { return *node_; }
  // A diagnostic at this map, for checks across keys.
  void report(std::string message) { problems_->add(node_->problem(std::move(message))); }

 private:
  const Node* node_;
  std::string path_;
  Diagnostics* problems_;
  std::size_t before_;              // diagnostics when this reader started
  std::vector<std::string> asked_;  // keys, in the order of the first asking
};

// `unknown key "colums" in core.pe_array, did you mean "columns"?`
[[nodiscard]] Diagnostic unknown_key(const Node& key, std::string_view path, const std::vector<std::string>& known);

// The unknown keys of one map: the first of them in full, the others counted in one last diagnostic. What a key might
// have meant takes long to find, and a file that is no configuration has nothing but unknown keys.
class UnknownKeys {
 public:
  explicit UnknownKeys(Diagnostics& problems) : problems_(&problems) {}
  UnknownKeys(const UnknownKeys&) = delete;
  UnknownKeys& operator=(const UnknownKeys&) = delete;
  ~UnknownKeys();
  // `describe` makes the diagnostic, where it is wanted. The key outlives this.
  template <class Describe>
  void report(const Node& key, Describe describe) {
    if (++count_ <= kMostInFull) return problems_->add(describe());
    last_ = &key;
  }

 private:
  static constexpr std::size_t kMostInFull = 50;
  Diagnostics* problems_;
  std::size_t count_ = 0;
  const Node* last_ = nullptr;
};

}  // namespace tessera::base
