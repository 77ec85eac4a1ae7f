// Expected failures: a value, or everything that was wrong with the input.
//
// Bad input is normal for a tool, so it travels as a value. A Diagnostic says where, what, and what would be
// right; one reading of a file reports all of them at once. Broken invariants of the program are assertions.
#pragma once

#include <cassert>
#include <optional>
#include <string>
#include <utility>
#include <variant>
#include <vector>

namespace tessera::base {

// A place in an input: a file (or "--set #2", "command line"), line and column counted from 1; 0 = not known.
struct SourceLocation {
  std::string file;
  int line = 0;
  int column = 0;
  friend bool operator==(const SourceLocation&, const SourceLocation&) = default;
};

struct Diagnostic {
  SourceLocation where;
  std::string message;      // one sentence; names the offending thing and what would be right
  std::string source_line;  // the text of that line, for the caret; may be empty
  // "file:line:col: message", then the source line with a caret under the column.
  [[nodiscard]] std::string to_string() const;
};

class Diagnostics {
 public:
  void add(Diagnostic d) { list_.push_back(std::move(d)); }
  void add(SourceLocation where, std::string message) { list_.push_back({std::move(where), std::move(message), {}}); }
  void append(Diagnostics other) {
    for (auto& d : other.list_) list_.push_back(std::move(d));
  }
  [[nodiscard]] bool empty() const { return list_.empty(); }
  [[nodiscard]] const std::vector<Diagnostic>& list() const { return list_; }
  [[nodiscard]] std::string to_string() const;  // one diagnostic after another, each ended by a new line

 private:
  std::vector<Diagnostic> list_;
};

[[nodiscard]] inline Diagnostics failure(SourceLocation where, std::string message) {
  Diagnostics d;
  d.add(std::move(where), std::move(message));
  return d;
}
[[nodiscard]] inline Diagnostics failure(std::string message) { return failure({}, std::move(message)); }

template <class T>
class [[nodiscard]] Result {
 public:
  Result(T value) : state_(std::move(value)) {}                 // NOLINT: a value is a success
  Result(Diagnostics problems) : state_(std::move(problems)) {  // NOLINT: problems are a failure
    assert(!std::get<Diagnostics>(state_).empty());
  }

  [[nodiscard]] bool ok() const { return std::holds_alternative<T>(state_); }
  explicit operator bool() const { return ok(); }
  [[nodiscard]] T& value() & {
    assert(ok());
    return std::get<T>(state_);
  }
  [[nodiscard]] const T& value() const& {
    assert(ok());
    return std::get<T>(state_);
  }
  [[nodiscard]] T&& value() && {
    assert(ok());
    return std::get<T>(std::move(state_));
  }
  T& operator*() & { return value(); }
  const T& operator*() const& { return value(); }
  T* operator->() { return &value(); }
  const T* operator->() const { return &value(); }
  [[nodiscard]] const Diagnostics& problems() const {
    assert(!ok());
    return std::get<Diagnostics>(state_);
  }

 private:
  std::variant<T, Diagnostics> state_;
};

}  // namespace tessera::base
