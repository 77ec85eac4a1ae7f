// Arithmetic on the names of dimensions, as exporters write it: by recursive descent into postfix order.
#include <cctype>
#include <cmath>

#include "models/onnx/extents.h"

namespace tessera::models::onnx {

class Expression::Parser {
 public:
  Parser(std::string_view text, Expression& out) : rest_(text), out_(out) {}

  bool parse() { return sum(0) && peek() == '\0' && operators_ > 0; }

 private:
  static constexpr int kDeepest = 64;  // parentheses inside parentheses

  char peek() {
    while (!rest_.empty() && rest_.front() == ' ') rest_.remove_prefix(1);
    return rest_.empty() ? '\0' : rest_.front();
  }
  void push(char what, std::int64_t number = 0) { out_.steps_.push_back({what, number}); }

  bool sum(int depth) {
    if (!product(depth)) return false;
    while (peek() == '+' || peek() == '-') {
      const char what = take();
      if (!product(depth)) return false;
      push(what);
    }
    return true;
  }

  bool product(int depth) {
    if (!factor(depth)) return false;
    while (peek() == '*' || peek() == '/') {
      const char what = take();
      if (what == '/' && !rest_.empty() && rest_.front() == '/') rest_.remove_prefix(1);
      if (!factor(depth)) return false;
      push(what);
    }
    return true;
  }

  char take() {
    const char c = rest_.front();
    rest_.remove_prefix(1);
    ++operators_;
    return c;
  }

  bool parentheses(int depth) {
    if (peek() != '(' || depth > kDeepest) return false;
    rest_.remove_prefix(1);
    if (!sum(depth + 1) || peek() != ')') return false;
    rest_.remove_prefix(1);
    return true;
  }

  bool factor(int depth) {
    const char c = peek();
    if (c == '(') return parentheses(depth);
    if (std::isdigit(static_cast<unsigned char>(c)) != 0) return number();
    const std::string name = word();
    if (name.empty()) return false;
    if (peek() == '(' && (name == "floor" || name == "ceil")) {
      ++operators_;
      if (!parentheses(depth)) return false;
      push(name[0]);
      return true;
    }
    std::size_t at = 0;
    while (at < out_.names_.size() && out_.names_[at] != name) ++at;
    if (at == out_.names_.size()) out_.names_.push_back(name);
    push('$', static_cast<std::int64_t>(at));
    return true;
  }

  bool number() {
    std::int64_t value = 0;
    for (; !rest_.empty() && std::isdigit(static_cast<unsigned char>(rest_.front())) != 0; rest_.remove_prefix(1)) {
      value = value * 10 + (rest_.front() - '0');
      if (value > kMaxElements) return false;
    }
    push('#', value);
    return true;
  }

  std::string word() {
    std::string name;
    for (; !rest_.empty(); rest_.remove_prefix(1)) {
      const auto c = static_cast<unsigned char>(rest_.front());
      // Between two words without spaces a hyphen belongs to the name: "batch-size".
      const bool hyphen =
          c == '-' && !name.empty() && rest_.size() > 1 && std::isalnum(static_cast<unsigned char>(rest_[1])) != 0;
      if (std::isalnum(c) == 0 && c != '_' && c != '.' && c != ':' && !hyphen) break;
      name += rest_.front();
    }
    return name;
  }

  std::string_view rest_;
  Expression& out_;
  int operators_ = 0;
};

std::optional<Expression> Expression::parse(std::string_view text) {
  Expression e;
  if (!Parser(text, e).parse()) return std::nullopt;
  return e;
}

std::optional<std::int64_t> Expression::value(const Bindings& bindings) const {
  std::vector<double> stack;  // exact: extents stay far below 2^53
  for (const Step& step : steps_) {
    if (step.what == '#') {
      stack.push_back(static_cast<double>(step.number));
    } else if (step.what == '$') {
      const auto at = bindings.find(names_[static_cast<std::size_t>(step.number)]);
      if (at == bindings.end()) return std::nullopt;
      stack.push_back(static_cast<double>(at->second));
    } else if (step.what == 'f' || step.what == 'c') {
      stack.back() = step.what == 'f' ? std::floor(stack.back()) : std::ceil(stack.back());
    } else {
      const double b = stack.back();
      stack.pop_back();
      double& a = stack.back();
      if (step.what == '/' && b == 0) return std::nullopt;
      a = step.what == '+' ? a + b : step.what == '-' ? a - b : step.what == '*' ? a * b : a / b;
    }
  }
  const double result = std::floor(stack.back());
  if (!(result >= 0 && result <= static_cast<double>(kMaxElements))) return std::nullopt;
  return static_cast<std::int64_t>(result);
}

}  // namespace tessera::models::onnx
