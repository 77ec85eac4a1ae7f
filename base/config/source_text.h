// The text that a configuration came from, kept so that every message can show its line.
#pragma once

#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"

namespace tessera::base {

// A file, or one `--set` argument. Shared by all nodes that were read from it.
class SourceText {
 public:
  SourceText(std::string name, std::string text);
  [[nodiscard]] const std::string& name() const { return name_; }
  [[nodiscard]] std::string_view text() const { return text_; }
  // Line n, counted from 1, without its end; empty where there is none. Over-long lines are cut (a caret beyond the
  // cut would point at nothing, so such a line comes back empty).
  [[nodiscard]] std::string line(int n, int column) const;

  // A text that is one command-line argument has no lines: its column counts from the argument's start, shifted by
  // what stands before the value ("core.pe_array.rows=").
  void set_argument(std::string whole, int shift) {
    argument_ = std::move(whole);
    shift_ = shift;
  }
  [[nodiscard]] SourceLocation place(int line, int column) const;
  [[nodiscard]] Diagnostic problem(int line, int column, std::string message) const;

 private:
  std::string name_, text_;
  std::vector<std::size_t> lines_;  // where each begins
  std::string argument_;
  int shift_ = -1;  // -1: a file
};

using SourcePointer = std::shared_ptr<const SourceText>;

// Text that YAML can hold: valid UTF-8 without control characters. Anything else is an error with its place.
[[nodiscard]] std::optional<Diagnostic> find_unreadable_byte(const SourceText&);

}  // namespace tessera::base
