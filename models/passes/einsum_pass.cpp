#include <algorithm>
#include <functional>

#include "models/graph/graph.h"
#include "models/operators/einsum.h"
#include "models/passes/passes.h"

namespace tessera::models {

namespace {

// A value and the letter of each of its axes.
struct Term {
  ValueId value = kNone;
  std::string axes;
};

bool holds(const std::string& axes, char c) { return axes.find(c) != std::string::npos; }

// The axes of `a` for which `keep` holds, in the order of `a`.
template <class Keep>
std::string those(const std::string& a, Keep keep) {
  std::string result;
  for (const char c : a)
    if (keep(c)) result += c;
  return result;
}

// Writes one Einsum as sums, transposes, a product and a transpose, as far as each is needed.
class Expansion {
 public:
  Expansion(Graph& graph, const Node& node, std::vector<Node>& nodes)
      : g_(graph), node_(node), nodes_(nodes), equation_(read_equation(reader())) {}

  void run() {
    std::vector<Term> terms;
    for (std::size_t i = 0; i < equation_.operands.size(); ++i)
      terms.push_back(summed({node_.inputs[i], equation_.operands[i]}, i));
    const Term result = terms.size() == 1 ? terms[0] : product(terms[0], terms[1]);
    finish(ordered(result, equation_.result));
  }

 private:
  [[nodiscard]] NodeReader reader() const { return {g_, static_cast<NodeId>(&node_ - g_.nodes.data())}; }
  [[nodiscard]] const Dims& dims(ValueId v) const { return g_.values[v].dims(); }

  ValueId new_value(Dims dims, bool constant) {
    const ValueId v = g_.add_value(node_.name + "#" + std::to_string(++made_));
    g_.values[v].literal.dims = std::move(dims);
    g_.values[v].literal.type = g_.values[node_.inputs.front()].type();
    g_.values[v].shaped = true;
    g_.values[v].constant = constant;
    return v;
  }

  // A node that makes a value of `dims` of `inputs`; of a constant alone the value is one.
  ValueId make(const std::string& type, std::vector<ValueId> inputs, Dims dims,
               std::map<std::string, Attribute> attributes = {}) {
    const bool constant = std::ranges::all_of(inputs, [&](ValueId v) { return g_.values[v].constant; });
    const ValueId v = new_value(std::move(dims), constant);
    if (constant) return v;
    Node n;
    n.name = node_.name + "#" + std::to_string(made_);
    n.type = type;
    n.inputs = std::move(inputs);
    n.outputs = {v};
    n.attributes = std::move(attributes);
    n.where = node_.where;
    nodes_.push_back(std::move(n));
    return v;
  }

  [[nodiscard]] Dims extents(const std::string& axes) const {
    Dims result;
    for (const char c : axes) result.push_back(equation_.extents.at(c));
    return result;
  }

  // Without the axes that stand in no other term.
  Term summed(const Term& t, std::size_t operand) {
    const bool two = equation_.operands.size() == 2;
    const std::string& other = equation_.operands[two ? 1 - operand : 0];
    std::vector<std::int64_t> axes;
    Dims rest;
    for (std::size_t a = 0; a < t.axes.size(); ++a) {
      const bool needed = holds(equation_.result, t.axes[a]) || (two && holds(other, t.axes[a]));
      if (needed) rest.push_back(dims(t.value)[a]);
      else axes.push_back(static_cast<std::int64_t>(a));
    }
    if (axes.empty()) return t;
    const std::string kept =
        those(t.axes, [&](char c) { return holds(equation_.result, c) || (two && holds(other, c)); });
    return {
        make("ReduceSum", {t.value}, rest, {{"axes", Attribute::integers(axes)}, {"keepdims", Attribute::integer(0)}}),
        kept};
  }

  Term ordered(const Term& t, const std::string& wanted) {
    if (t.axes == wanted) return t;
    std::vector<std::int64_t> perm;
    Dims out;
    for (const char c : wanted) {
      perm.push_back(static_cast<std::int64_t>(t.axes.find(c)));
      out.push_back(dims(t.value)[t.axes.find(c)]);
    }
    return {make("Transpose", {t.value}, out, {{"perm", Attribute::integers(perm)}}), wanted};
  }

  ValueId reshaped(ValueId v, Dims to) { return dims(v) == to ? v : make("Reshape", {v}, std::move(to)); }

  // How many axes of the result could be the batch: the least that have all that both operands hold, and behind which
  // those of one operand stand before those of the other.
  [[nodiscard]] std::size_t batch_axes(const std::string& x, const std::string& y) const {
    const std::string& out = equation_.result;
    for (std::size_t count = 0;; ++count) {
      const std::string rest = out.substr(count);
      const auto own = [&](char c) { return !holds(y, c); };
      const bool shared = std::ranges::any_of(rest, [&](char c) { return holds(x, c) && holds(y, c); });
      if (shared) continue;
      if (std::ranges::is_partitioned(rest, own) || std::ranges::is_partitioned(rest, std::not_fn(own))) return count;
    }
  }

  // The result's leading axes where they leave rows and columns to the product; else what both operands hold, so that
  // no product has a single row, and the result is transposed.
  [[nodiscard]] std::string batch_of(const std::string& x, const std::string& y) const {
    const std::string& out = equation_.result;
    const std::size_t leading = batch_axes(x, y);
    const auto own = [&](const std::string& axes, const std::string& other) {
      return std::ranges::any_of(axes, [&](char c) { return !holds(other, c); });
    };
    const std::string rest = out.substr(leading);
    const bool rows = own(rest, y) || !own(out, y), columns = own(rest, x) || !own(out, x);
    if (rows && columns) return out.substr(0, leading);
    return those(out, [&](char c) { return holds(x, c) && holds(y, c); });
  }

  Term product(Term a, Term b) {
    const std::string &x = a.axes, &y = b.axes, &out = equation_.result;
    const std::string k = those(x, [&](char c) { return holds(y, c) && !holds(out, c); });
    const std::string batch = batch_of(x, y), rest = those(out, [&](char c) { return !holds(batch, c); });
    std::string m = those(rest, [&](char c) { return !holds(y, c); });
    std::string n = those(rest, [&](char c) { return !holds(x, c); });
    if (k.empty() && (m.empty() || n.empty())) return element_wise(a, b);
    // The result's last axis stays the last one.
    if (!n.empty() && holds(m, out.back())) std::swap(a, b), std::swap(m, n);
    const auto in = [&](const Term& t) { return those(batch, [&](char c) { return holds(t.axes, c); }); };
    const bool a_by_columns = !k.empty() && !m.empty() && a.axes == in(a) + k + m;
    const bool b_by_rows = n.empty() || b.axes == in(b) + n + k;
    a = ordered(a, a_by_columns ? in(a) + k + m : in(a) + m + k);
    b = ordered(b, b_by_rows ? in(b) + n + k : in(b) + k + n);
    // Rows of several axes stay as they are where there is no batch.
    const bool open = batch.empty() && !a_by_columns && m.size() > 1;
    const ValueId first = matrices(a, batch, a_by_columns ? k : m, a_by_columns ? m : k, open);
    const ValueId second = matrices(b, batch, b_by_rows ? n : k, b_by_rows ? k : n, false);
    Dims result = extents(batch);
    const Dims rows = open ? extents(m) : Dims{elements(extents(m))};
    result.insert(result.end(), rows.begin(), rows.end());
    result.push_back(elements(extents(n)));
    const ValueId v =
        make("MatMul", {first, second}, result,
             {{"transA", Attribute::integer(a_by_columns ? 1 : 0)}, {"transB", Attribute::integer(b_by_rows ? 1 : 0)}});
    return {reshaped(v, extents(batch + m + n)), batch + m + n};
  }

  // The axes batch.., one of them 1 where it is not the term's, then the rows as one axis or `open`, then the columns.
  ValueId matrices(const Term& t, const std::string& batch, const std::string& rows, const std::string& columns,
                   bool open) {
    const auto extents_of = [&](const std::string& axes) {
      Dims result;
      for (const char c : axes) result.push_back(holds(t.axes, c) ? dims(t.value)[t.axes.find(c)] : 1);
      return result;
    };
    Dims to = extents_of(batch);
    const Dims of_rows = extents_of(rows);
    if (open) to.insert(to.end(), of_rows.begin(), of_rows.end());
    else to.push_back(elements(of_rows));
    to.push_back(elements(extents_of(columns)));
    return reshaped(t.value, to);
  }

  // Both in the order of the result, ones where an axis is not theirs.
  Term element_wise(const Term& a, const Term& b) {
    std::vector<ValueId> inputs;
    for (const Term& t : {a, b}) {
      const Term sorted = ordered(t, those(equation_.result, [&](char c) { return holds(t.axes, c); }));
      Dims to;
      for (const char c : equation_.result)
        to.push_back(holds(sorted.axes, c) ? dims(sorted.value)[sorted.axes.find(c)] : 1);
      inputs.push_back(reshaped(sorted.value, to));
    }
    return {make("Mul", inputs, extents(equation_.result)), equation_.result};
  }

  // The last node makes the Einsum's output.
  void finish(const Term& result) {
    const ValueId out = node_.outputs.front();
    if (made_ == 0 || nodes_.empty() || nodes_.back().outputs.front() != result.value) {
      Node identity;
      identity.type = "Identity";
      identity.inputs = {result.value};
      identity.where = node_.where;
      nodes_.push_back(std::move(identity));
    }
    nodes_.back().outputs = {out};
    nodes_.back().name = node_.name;
  }

  Graph& g_;
  const Node& node_;
  std::vector<Node>& nodes_;
  Equation equation_;
  int made_ = 0;
};

}  // namespace

void expand_einsum(Graph& graph) {
  const auto is_einsum = [](const Node& n) { return n.domain.empty() && n.type == "Einsum"; };
  if (std::ranges::none_of(graph.nodes, is_einsum)) return;
  std::vector<Node> nodes;
  for (const Node& n : graph.nodes) {
    if (!is_einsum(n)) {
      nodes.push_back(n);
      continue;
    }
    graph.notes.push_back({n.name, "expanded to products, sums and transposes"});
    Expansion(graph, n, nodes).run();
  }
  graph.nodes = std::move(nodes);
  keep_nodes(graph, std::vector<bool>(graph.nodes.size(), true));  // renumbers the producers
}

}  // namespace tessera::models
