// The parameters of a Spec, each declared once: from this one list come reading, writing back, `tessera params` and
// the documentation.
//
//   ParameterTable<NpuSpec> table;
//   table.integer("core.pe_array.rows", 16, Range::between(1, 4096), "rows of PEs", TESSERA_FIELD(core.pe_array.rows));
//
// The last argument is a generic lambda from a Spec (const or not) to the field. A default is the text that a file
// would hold, read by the same code as a file, so that a default outside its own range does not go unnoticed.
#pragma once

#include <fmt/format.h>

#include <cassert>
#include <functional>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "base/clock.h"
#include "base/config/parameter.h"
#include "base/config/values.h"
#include "base/units.h"

// The field of a Spec, for reading and for writing.
#define TESSERA_FIELD(field) \
  [](auto& spec_) -> auto& { return spec_.field; }

namespace tessera::base {

// How a field holds a whole number.
template <class T>
struct FieldOf {
  static void assign(T& field, std::int64_t v) { field = static_cast<T>(v); }
  static std::int64_t value(const T& field) { return static_cast<std::int64_t>(field); }
};
template <class Tag>
struct FieldOf<Quantity<Tag>> {
  static void assign(Quantity<Tag>& field, std::int64_t v) { field = Quantity<Tag>{v}; }
  static std::int64_t value(const Quantity<Tag>& field) { return field.count(); }
};
template <>
struct FieldOf<Clock> {
  static void assign(Clock& field, std::int64_t hz) { field = Clock::from_hz(hz); }
  // Exact: a clock is made from whole hertz.
  static std::int64_t value(const Clock& field) {
    return static_cast<std::int64_t>(static_cast<__int128>(1'000'000'000'000) * field.period_den() /
                                     field.period_num());
  }
};

template <class Spec>
struct Parameter {
  ParameterInfo info;
  bool apply_default = true;  // false: the default follows from other parameters, or "not given" is a value
  std::function<void(Spec&, const Node&, const std::string& name, Diagnostics&)> read;
  std::function<std::optional<Node>(const Spec&)> write;  // nothing: left out of the written file

  // The default in words, worked out by the reader after everything else ("as clocks.core").
  Parameter& default_follows(std::string words) {
    info.default_text = std::move(words);
    info.required = false;
    apply_default = false;
    return *this;
  }
  Parameter& required() {
    info.default_text.clear();
    info.required = true;
    apply_default = false;
    return *this;
  }
  // Written only where `condition` holds.
  Parameter& written_if(std::function<bool(const Spec&)> condition) {
    write = [before = std::move(write), condition = std::move(condition)](const Spec& s) -> std::optional<Node> {
      return condition(s) ? before(s) : std::nullopt;
    };
    return *this;
  }
};

template <class Spec>
class ParameterTable {
 public:
  using P = Parameter<Spec>;

  template <class Field>
  P& integer(std::string path, std::int64_t fallback, Range range, std::string text, Field field) {
    P& p = add({std::move(path), "whole number", "", fmt::format("{}", fallback), range.describe(), std::move(text)});
    p.read = [range, field](Spec& s, const Node& n, const std::string& name, Diagnostics& d) {
      if (const auto v = read_integer(n, name, range, d)) assign(field(s), *v);
    };
    p.write = [field](const Spec& s) { return Node::make_scalar(fmt::format("{}", value(field(s)))); };
    return p;
  }
  template <class Field>
  P& quantity(std::string path, std::string fallback, Dimension dimension, Range range, std::string text, Field field) {
    P& p = add({std::move(path), noun(dimension), units_of(dimension), std::move(fallback), range.describe(dimension),
                std::move(text)});
    p.read = [range, dimension, field](Spec& s, const Node& n, const std::string& name, Diagnostics& d) {
      if (const auto v = read_quantity(n, name, dimension, range, d)) assign(field(s), *v);
    };
    p.write = [dimension, field](const Spec& s) {
      return Node::make_scalar(format_quantity(value(field(s)), dimension));
    };
    return p;
  }
  template <class Field>
  P& real(std::string path, double fallback, RealRange range, std::string text, Field field) {
    P& p = add({std::move(path), "number", "", fmt::format("{}", fallback), range.describe(), std::move(text)});
    p.read = [range, field](Spec& s, const Node& n, const std::string& name, Diagnostics& d) {
      if (const auto v = read_real(n, name, range, d)) field(s) = *v;
    };
    p.write = [field](const Spec& s) { return Node::make_scalar(fmt::format("{}", field(s))); };
    return p;
  }
  template <class Field>
  P& flag(std::string path, bool fallback, std::string text, Field field) {
    P& p = add({std::move(path), "flag", "", fallback ? "true" : "false", "true | false", std::move(text)});
    p.read = [field](Spec& s, const Node& n, const std::string& name, Diagnostics& d) {
      if (const auto v = read_flag(n, name, d)) field(s) = *v;
    };
    p.write = [field](const Spec& s) { return Node::make_scalar(field(s) ? "true" : "false"); };
    return p;
  }
  template <class Field>
  P& text(std::string path, std::string fallback, std::string words, Field field) {
    P& p = add({std::move(path), "text", "", std::move(fallback), "", std::move(words)});
    p.read = [field](Spec& s, const Node& n, const std::string& name, Diagnostics& d) {
      if (auto v = read_text(n, name, d)) field(s) = std::move(*v);
    };
    p.write = [field](const Spec& s) { return Node::make_scalar(field(s), true); };
    return p;
  }
  template <class E, class Field>
  P& choice(std::string path, E fallback, std::vector<std::pair<std::string, E>> choices, std::string words,
            Field field) {
    std::vector<std::string> names;
    std::string range, fallback_name;
    for (const auto& [name, e] : choices) {
      names.push_back(name);
      range += (range.empty() ? "" : " | ") + name;
      if (e == fallback) fallback_name = name;
    }
    P& p = add({std::move(path), "choice", "", std::move(fallback_name), std::move(range), std::move(words)});
    p.read = [names, choices, field](Spec& s, const Node& n, const std::string& name, Diagnostics& d) {
      if (const auto i = read_choice(n, name, names, d)) field(s) = choices[*i].second;
    };
    p.write = [choices, field](const Spec& s) -> std::optional<Node> {
      for (const auto& [name, e] : choices) {
        if (e == field(s)) return Node::make_scalar(name);
      }
      return std::nullopt;
    };
    return p;
  }
  // Anything else: the caller sets read and write.
  P& add(ParameterInfo info) {
    parameters_.push_back({std::move(info), true, {}, {}});
    return parameters_.back();
  }

  // Defaults, then what the tree says; everything that is wrong is reported.
  void read(const Node& root, Spec& spec, Diagnostics& problems) const {
    for (const P& p : parameters_) {
      if (!p.apply_default) continue;
      Diagnostics wrong;
      p.read(spec, default_node(p), p.info.path, wrong);
      assert(wrong.empty() && "a default must be readable and in range");
    }
    std::vector<const ParameterInfo*> infos;
    for (const P& p : parameters_) infos.push_back(&p.info);
    match_parameters(
        root, infos,
        [&](std::size_t i, const Node& node) { parameters_[i].read(spec, node, parameters_[i].info.path, problems); },
        problems);
  }
  [[nodiscard]] Node write(const Spec& spec) const {
    Node root = Node::make_map();
    for (const P& p : parameters_) {
      if (auto node = p.write(spec)) put(root, p.info.path, std::move(*node));
    }
    return root;
  }
  [[nodiscard]] const std::vector<P>& parameters() const { return parameters_; }
  // Is this the path of a parameter, of a section of them, or inside a parameter ("dma.channels[0].rate")?
  [[nodiscard]] bool knows(std::string_view path) const {
    for (const P& p : parameters_) {
      const std::string_view known = p.info.path;
      const std::size_t common = std::min(known.size(), path.size());
      if (known.substr(0, common) != path.substr(0, common)) continue;
      if (known.size() == path.size()) return true;
      const char next = known.size() > path.size() ? known[common] : path[common];
      if (next == '.' || next == '[') return true;
    }
    return false;
  }

 private:
  template <class T>
  static void assign(T& field, std::int64_t v) {
    FieldOf<T>::assign(field, v);
  }
  template <class T>
  static std::int64_t value(const T& field) {
    return FieldOf<T>::value(field);
  }
  static std::string noun(Dimension d) {
    const std::string words = describe(d);  // "a size such as ..."
    return words.substr(2, words.find(" such") - 2);
  }
  static Node default_node(const P& p) { return Node::make_scalar(p.info.default_text); }

  std::vector<P> parameters_;
};

}  // namespace tessera::base
