// The parameters of a Spec, each declared once: from this one list come reading, writing back, `tessera params` and
// the documentation.
//
//   ParameterTable<NpuSpec> table;
//   table.integer("core.pe_array.rows", 16, Range::between(1, 4096), "rows of PEs", TESSERA_FIELD(core.pe_array.rows));
//
// The last argument is a generic lambda from a Spec (const or not) to the field. A default is the text that a file
// would hold, read by the same code as a file, so that a default outside its own range does not go unnoticed.
#pragma once

#include <algorithm>
#include <cassert>
#include <functional>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "base/config/parameter.h"
#include "base/config/parameter_field.h"
#include "base/config/parameter_kind.h"

namespace tessera::base {

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
    return add_number(integer_kind(std::move(path), fallback, range, std::move(text)), field);
  }
  template <class Field>
  P& quantity(std::string path, std::string fallback, Dimension dimension, Range range, std::string text, Field field) {
    return add_number(quantity_kind(std::move(path), std::move(fallback), dimension, range, std::move(text)), field);
  }
  template <class Field>
  P& flag(std::string path, bool fallback, std::string text, Field field) {
    return add_number(flag_kind(std::move(path), fallback, std::move(text)), field);
  }
  template <class E, class Field>
  P& choice(std::string path, E fallback, const std::vector<std::pair<std::string, E>>& choices, std::string words,
            Field field) {
    Choices numbers;
    for (const auto& [name, e] : choices) numbers.emplace_back(name, static_cast<std::int64_t>(e));
    const auto chosen = static_cast<std::int64_t>(fallback);
    return add_number(choice_kind(std::move(path), chosen, std::move(numbers), std::move(words)), field);
  }
  // A choice that the field holds by its name.
  template <class Field>
  P& word(std::string path, std::string fallback, std::vector<std::string> words, std::string text, Field field) {
    return add_value(word_kind(std::move(path), std::move(fallback), std::move(words), std::move(text)), field);
  }
  template <class Field>
  P& real(std::string path, double fallback, RealRange range, std::string text, Field field) {
    return add_value(real_kind(std::move(path), fallback, range, std::move(text)), field);
  }
  template <class Field>
  P& text(std::string path, std::string fallback, std::string words, Field field) {
    return add_value(text_kind(std::move(path), std::move(fallback), std::move(words)), field);
  }
  // Anything else: the caller sets read and write.
  P& add(ParameterInfo info);

  // Defaults, then what the tree says; everything that is wrong is reported.
  void read(const Node& root, Spec& spec, Diagnostics& problems) const;
  [[nodiscard]] Node write(const Spec& spec) const;
  [[nodiscard]] const std::vector<P>& parameters() const { return parameters_; }
  // Is this the path of a parameter, of a section of them, or inside a parameter ("dma.channels[0].rate")?
  [[nodiscard]] bool knows(std::string_view path) const;

 private:
  template <class Field>
  P& add_number(ParameterKind<std::int64_t> kind, Field field) {
    return bind(std::move(kind), address_of<Spec>(field), kNumberAccess<FieldType<Spec, Field>>);
  }
  // A field of just this type.
  template <class T, class Field>
  P& add_value(ParameterKind<T> kind, Field field) {
    static_assert(std::is_same_v<FieldType<Spec, Field>, T>);
    return bind(std::move(kind), address_of<Spec>(field));
  }
  P& bind(ParameterKind<std::int64_t> kind, FieldAddress<Spec> address, const NumberAccess& access);
  template <class T>
  P& bind(ParameterKind<T> kind, FieldAddress<Spec> address);

  std::vector<P> parameters_;
};

// Out of the class, so that `extern template` keeps them out of every file but one.

template <class Spec>
Parameter<Spec>& ParameterTable<Spec>::add(ParameterInfo info) {
  parameters_.push_back({std::move(info), true, {}, {}});
  return parameters_.back();
}

template <class Spec>
Parameter<Spec>& ParameterTable<Spec>::bind(ParameterKind<std::int64_t> kind, FieldAddress<Spec> address,
                                            const NumberAccess& access) {
  P& p = add(std::move(kind.info));
  p.read = [read = std::move(kind.read), address, access](Spec& s, const Node& n, const std::string& name,
                                                          Diagnostics& d) {
    if (const auto v = read(n, name, d)) access.assign(address(s), *v);
  };
  // The address of a const field is only read through.
  p.write = [write = std::move(kind.write), address, access](const Spec& s) {
    return write(access.value(address(const_cast<Spec&>(s))));
  };
  return p;
}

template <class Spec>
template <class T>
Parameter<Spec>& ParameterTable<Spec>::bind(ParameterKind<T> kind, FieldAddress<Spec> address) {
  P& p = add(std::move(kind.info));
  p.read = [read = std::move(kind.read), address](Spec& s, const Node& n, const std::string& name, Diagnostics& d) {
    if (auto v = read(n, name, d)) *static_cast<T*>(address(s)) = std::move(*v);
  };
  p.write = [write = std::move(kind.write), address](const Spec& s) {
    return write(*static_cast<const T*>(address(const_cast<Spec&>(s))));
  };
  return p;
}

template <class Spec>
void ParameterTable<Spec>::read(const Node& root, Spec& spec, Diagnostics& problems) const {
  for (const P& p : parameters_) {
    if (!p.apply_default) continue;
    Diagnostics wrong;
    p.read(spec, Node::make_scalar(p.info.default_text), p.info.path, wrong);
    assert(wrong.empty() && "a default must be readable and in range");
  }
  std::vector<const ParameterInfo*> infos;
  for (const P& p : parameters_) infos.push_back(&p.info);
  match_parameters(
      root, infos,
      [&](std::size_t i, const Node& node) { parameters_[i].read(spec, node, parameters_[i].info.path, problems); },
      problems);
}

template <class Spec>
Node ParameterTable<Spec>::write(const Spec& spec) const {
  Node root = Node::make_map();
  for (const P& p : parameters_) {
    if (auto node = p.write(spec)) put(root, p.info.path, std::move(*node));
  }
  return root;
}

template <class Spec>
bool ParameterTable<Spec>::knows(std::string_view path) const {
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

}  // namespace tessera::base
