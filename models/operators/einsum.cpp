#include "models/operators/einsum.h"

#include <fmt/format.h>

#include <algorithm>

#include "models/operators/inference.h"
#include "models/operators/lowering.h"

namespace tessera::models {

namespace {

constexpr std::string_view kEllipsis = "...";

bool letter(char c) { return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z'); }

// A term with its "..." as digits: the last of `most` such axes are those of an operand that has `axes` of them.
std::string written_out(const NodeReader& node, std::string term, std::size_t axes, std::size_t most) {
  if (const auto at = term.find(kEllipsis); at != std::string::npos) {
    std::string digits;
    for (std::size_t i = most - axes; i < most; ++i) digits += static_cast<char>('0' + i);
    term.replace(at, kEllipsis.size(), digits);
  }
  for (const char c : term)
    if (!letter(c) && !(c >= '0' && c <= '9')) node.fail(fmt::format("its equation holds the term '{}'", term));
  for (const char c : term)
    if (std::count(term.begin(), term.end(), c) > 1)
      node.fail(fmt::format("its equation takes a diagonal: axis '{}' stands twice in one term", c));
  return term;
}

std::vector<std::string> terms_of(const std::string& text) {
  std::vector<std::string> terms{""};
  for (const char c : text) {
    if (c == ',') terms.emplace_back();
    else terms.back() += c;
  }
  return terms;
}

// Axes that "..." stands for in a term; the letters are one axis each.
std::size_t ellipsis_axes(const NodeReader& node, const std::string& term, const Dims& dims) {
  const bool open = term.find(kEllipsis) != std::string::npos;
  const std::size_t letters = term.size() - (open ? kEllipsis.size() : 0);
  if (letters > dims.size() || (!open && letters != dims.size()) || dims.size() - letters > 10)
    node.fail(fmt::format("the term '{}' of its equation does not fit an operand {}", term, describe(dims)));
  return dims.size() - letters;
}

// Without an arrow: the axes of "...", then all letters that stand once, in alphabetical order.
std::string implied_result(const std::vector<std::string>& terms) {
  std::string all, result;
  for (const std::string& t : terms) all += t;
  for (const char c : all)
    if (letter(c) && std::count(all.begin(), all.end(), c) == 1) result += c;
  std::sort(result.begin(), result.end());
  return (all.find(kEllipsis) != std::string::npos ? std::string(kEllipsis) : "") + result;
}

void take_extents(const NodeReader& node, Equation& e) {
  for (std::size_t i = 0; i < e.operands.size(); ++i)
    for (std::size_t a = 0; a < e.operands[i].size(); ++a) {
      const auto [at, fresh] = e.extents.try_emplace(e.operands[i][a], 1);
      std::int64_t& extent = at->second;
      const std::int64_t here = node.dims(i)[a];
      const bool summed = e.result.find(e.operands[i][a]) == std::string::npos;
      const bool repeats = !summed && (here == 1 || extent == 1);
      if (!fresh && here != extent && !repeats)
        node.fail(fmt::format("axis '{}' of its equation has {} and {} elements", e.operands[i][a], extent, here));
      extent = fresh || extent == 1 ? here : extent;
    }
  for (const char c : e.result)
    if (e.extents.count(c) == 0) node.fail(fmt::format("axis '{}' of its result is in no operand", c));
}

void infer(Inference& node) {
  const Equation e = read_equation(node);
  Dims out;
  for (const char c : e.result) out.push_back(e.extents.at(c));
  node.output(0, out);
}

// expand_einsum() puts other operators in its place.
void lower(Lowering& node) { node.fail("its equation was not expanded"); }

}  // namespace

Equation read_equation(const NodeReader& node) {
  std::string text = node.text("equation");
  std::erase(text, ' ');
  if (node.input_count() > 2)
    node.fail(
        fmt::format("it has {} operands, but the array multiplies two: make it several of two", node.input_count()));
  const auto arrow = text.find("->");
  const std::vector<std::string> terms = terms_of(text.substr(0, arrow));
  if (terms.size() != node.input_count())
    node.fail(fmt::format("its equation '{}' has {} terms for {} operands", text, terms.size(), node.input_count()));
  std::size_t most = 0;
  for (std::size_t i = 0; i < terms.size(); ++i) most = std::max(most, ellipsis_axes(node, terms[i], node.dims(i)));
  Equation e;
  for (std::size_t i = 0; i < terms.size(); ++i)
    e.operands.push_back(written_out(node, terms[i], ellipsis_axes(node, terms[i], node.dims(i)), most));
  const std::string result = arrow == std::string::npos ? implied_result(terms) : text.substr(arrow + 2);
  e.result = written_out(node, result, most, most);
  take_extents(node, e);
  return e;
}

extern const OperatorRule kEinsum{
    .infer = infer, .layout = kAnyLayout, .lower = lower, .runs = "products, sums and copies, as its equation says"};

}  // namespace tessera::models
