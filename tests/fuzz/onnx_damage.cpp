#include <limits>

#include "tests/fuzz/onnx_draft.h"

namespace tessera::tests {

namespace {

class Damage {
 public:
  Damage(Draft& draft, std::mt19937_64& random) : draft_(draft), random_(random) {}

  void once() {
    switch (below(12)) {
      case 0:
      case 1:
      case 2: return attribute();
      case 3:
      case 4: return inputs();
      case 5: return outputs();
      case 6: return shape(pick(draft_.inputs).dims);
      case 7:
        if (!draft_.constants.empty()) shape(pick(draft_.constants).dims);
        return;
      case 8: return numbers();
      case 9: return type();
      case 10: return name();
      default: draft_.opset = below(3) == 0 ? number() : static_cast<std::int64_t>(1 + below(24)); return;
    }
  }

 private:
  std::size_t below(std::size_t n) { return n == 0 ? 0 : random_() % n; }
  template <class T>
  T& pick(std::vector<T>& from) {
    return from[below(from.size())];
  }

  // Numbers at which something ends: signs, widths, what is just too much.
  std::int64_t number() {
    using Limits = std::numeric_limits<std::int64_t>;
    static const Ints kNumbers{0,
                               1,
                               2,
                               3,
                               -1,
                               -2,
                               7,
                               8,
                               16,
                               17,
                               1000,
                               1 << 16,
                               1LL << 24,
                               1LL << 31,
                               (1LL << 31) - 1,
                               1LL << 32,
                               1LL << 40,
                               (1LL << 40) + 1,
                               1LL << 62,
                               Limits::max(),
                               Limits::min(),
                               Limits::min() + 1};
    return kNumbers[below(kNumbers.size())];
  }
  std::int64_t small() { return static_cast<std::int64_t>(below(6)) - 1; }

  void change_list(Ints& list) {
    switch (below(6)) {
      case 0: return list.clear();
      case 1: return list.push_back(below(2) == 0 ? number() : small());
      case 2:
        if (!list.empty()) list.pop_back();
        return;
      case 3:
        if (list.size() > 1) std::swap(list.front(), list.back());
        return;
      default:
        if (!list.empty()) pick(list) = below(2) == 0 ? number() : small();
        return;
    }
  }

  void attribute() {
    static const std::vector<std::string> kNames{"axis", "axes",  "perm",  "group",    "pads",      "strides",
                                                 "to",   "mode",  "value", "scales",   "keepdims",  "starts",
                                                 "ends", "split", "shape", "auto_pad", "blocksize", "allowzero"};
    DraftNode& node = pick(draft_.nodes);
    if (node.attributes.empty() || below(8) == 0) {
      DraftAttribute a{
          kNames[below(kNames.size())],        static_cast<DraftAttribute::Form>(below(7)), {small()}, {0.5}, "x",
          static_cast<std::int64_t>(below(15))};
      return node.attributes.push_back(std::move(a));
    }
    DraftAttribute& a = pick(node.attributes);
    switch (below(8)) {
      case 0: a.form = DraftAttribute::Form::nothing; break;
      case 1: a.form = DraftAttribute::Form::nothing, a.declared = 0; break;
      case 2: a.form = static_cast<DraftAttribute::Form>(below(7)), a.reals.resize(1); break;
      case 3: a.declared = static_cast<std::int64_t>(below(16)); break;
      case 4: node.attributes.push_back(a); break;
      case 5: node.attributes.erase(node.attributes.begin() + (&a - node.attributes.data())); break;
      default:
        change_list(a.ints);
        if (!a.reals.empty()) pick(a.reals) = static_cast<double>(number());
        if (!a.text.empty()) a.text = below(2) == 0 ? "" : "\xFF nonsense";
    }
  }

  std::string any_value() {
    std::vector<std::string> names{"", "x", "nowhere"};
    for (const DraftNode& n : draft_.nodes) names.insert(names.end(), n.outputs.begin(), n.outputs.end());
    for (const DraftTensor& c : draft_.constants) names.push_back(c.name);
    return pick(names);
  }

  void inputs() {
    DraftNode& node = pick(draft_.nodes);
    switch (below(5)) {
      case 0: return node.inputs.push_back(any_value());
      case 1:
        if (!node.inputs.empty()) node.inputs.pop_back();
        return;
      case 2:
        if (!node.inputs.empty()) pick(node.inputs) = "";
        return;
      case 3:
        if (node.inputs.size() > 1) std::swap(node.inputs.front(), node.inputs.back());
        return;
      default:
        if (!node.inputs.empty()) pick(node.inputs) = any_value();
        return;
    }
  }

  void outputs() {
    DraftNode& node = pick(draft_.nodes);
    switch (below(5)) {
      case 0: return node.outputs.push_back(any_value());
      case 1: return node.outputs.push_back("extra" + std::to_string(below(3)));
      case 2:
        if (!node.outputs.empty()) node.outputs.pop_back();
        return;
      case 3:
        if (!node.outputs.empty()) pick(node.outputs) = "";
        return;
      default: return draft_.outputs.push_back(any_value());
    }
  }

  void shape(Ints& dims) {
    if (below(3) == 0 && !dims.empty()) dims[below(dims.size())] = static_cast<std::int64_t>(below(12));
    else change_list(dims);
  }

  void numbers() {
    if (draft_.constants.empty()) return;
    DraftTensor& c = pick(draft_.constants);
    if (c.numbers.empty()) return;
    change_list(c.numbers);
    if (below(3) != 0 && c.dims.size() == 1) c.dims[0] = static_cast<std::int64_t>(c.numbers.size());
  }

  void type() {
    const std::vector<Draft> seeds = seed_drafts();
    switch (below(4)) {
      case 0: pick(draft_.inputs).type = static_cast<std::int64_t>(below(24)); return;
      case 1:
        if (!draft_.constants.empty()) pick(draft_.constants).type = static_cast<std::int64_t>(below(24));
        return;
      case 2: pick(draft_.nodes).domain = below(2) == 0 ? "ai.onnx" : "my.domain"; return;
      default: pick(draft_.nodes).type = seeds[below(seeds.size())].nodes[0].type; return;
    }
  }

  void name() {
    static const std::vector<std::string> kNames{"",  "n",           "\xFF\xFE", "\xC3(", "=a\"b,c\n\x1B[31m",
                                                 "x", "\xED\xA0\x80"};
    DraftNode& node = pick(draft_.nodes);
    if (below(2) == 0) {
      node.name = kNames[below(kNames.size())];
      return;
    }
    // The name of a tensor changes wherever it stands, or only where it is made.
    const std::string from = any_value(), to = kNames[below(kNames.size())];
    const bool everywhere = below(3) != 0;
    for (DraftNode& n : draft_.nodes) {
      for (std::string& o : n.outputs)
        if (o == from) o = to;
      for (std::string& i : n.inputs)
        if (everywhere && i == from) i = to;
    }
    for (DraftTensor& c : draft_.constants)
      if (c.name == from) c.name = to;
    for (DraftTensor& i : draft_.inputs)
      if (i.name == from) i.name = to;
    for (std::string& o : draft_.outputs)
      if (everywhere && o == from) o = to;
  }

  Draft& draft_;
  std::mt19937_64& random_;
};

}  // namespace

void damage(Draft& draft, std::mt19937_64& random) { Damage(draft, random).once(); }

}  // namespace tessera::tests
