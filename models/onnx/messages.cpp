#include "models/onnx/messages.h"

#include <algorithm>
#include <array>
#include <bit>
#include <optional>
#include <utility>

#include "models/onnx/wire.h"

namespace tessera::models::onnx {

namespace {

constexpr std::int64_t kMostNumbers = 4096;  // a shape, a list of axes or of scales is never longer

// Field by field through `visit` (false = damaged).
template <class Visit>
bool walk(std::string_view message, Visit visit) {
  WireReader reader(message);
  while (const auto f = reader.next())
    if (!visit(*f)) return false;
  return reader.ok();
}

// Sub-messages and strings must be runs of bytes; another wire type means damage.
template <class Into>
bool text(const Field& f, Into& into) {
  into = Into(f.bytes);
  return f.is_bytes();
}

std::int64_t raw_integer(std::string_view bytes) {
  std::uint64_t v = 0;
  for (std::size_t i = 0; i < bytes.size(); ++i) v |= std::uint64_t{static_cast<unsigned char>(bytes[i])} << (8 * i);
  if (bytes.size() == 4) return static_cast<std::int32_t>(static_cast<std::uint32_t>(v));
  return static_cast<std::int64_t>(v);
}

// What a TensorProto holds besides its shape; which field is used depends on its element type.
struct TensorNumbers {
  ElementType type = ElementType::unknown;
  std::string_view raw;
  bool external = false;
  std::vector<std::int64_t> ints;
  std::vector<double> reals;
};

void keep_small_numbers(const TensorNumbers& from, Literal& into) {
  std::int64_t count = 1;
  for (const std::int64_t d : into.dims) {
    if (d < 0 || d > kMostNumbers) return;
    if ((count *= d) > kMostNumbers) return;
  }
  if (from.external) return;
  const auto n = static_cast<std::size_t>(count);
  if (into.integer) {
    std::vector<std::int64_t> ints = from.ints;
    const std::size_t width = from.type == ElementType::int64 ? 8 : from.type == ElementType::int32 ? 4 : 1;
    if (ints.empty() && from.raw.size() == n * width)
      for (std::size_t i = 0; i < n; ++i) ints.push_back(raw_integer(from.raw.substr(i * width, width)));
    if (ints.size() == n) into.ints = std::move(ints);
  } else if (from.type == ElementType::float32 || from.type == ElementType::float64) {
    std::vector<double> reals = from.reals;
    const std::size_t width = from.type == ElementType::float32 ? 4 : 8;
    if (reals.empty() && from.raw.size() == n * width)
      for (std::size_t i = 0; i < n; ++i) {
        const auto bits = static_cast<std::uint64_t>(raw_integer(from.raw.substr(i * width, width)));
        reals.push_back(width == 4 ? static_cast<double>(std::bit_cast<float>(static_cast<std::uint32_t>(bits)))
                                   : std::bit_cast<double>(bits));
      }
    if (reals.size() == n) into.reals = std::move(reals);
  }
}

bool parse_tensor(std::string_view bytes, Tensor& out) {
  TensorNumbers numbers;
  const bool whole = walk(bytes, [&](const Field& f) {
    switch (f.number) {
      case 1: return append_integers(f, out.literal.dims);
      case 2: numbers.type = element_type(f.as_int()); return true;
      // Typed arrays of weights are skipped by their size: only short ones are decoded.
      case 4: return f.bytes.size() > 8 * kMostNumbers || append_floats(f, numbers.reals);
      case 5:
      case 7: return f.bytes.size() > 8 * kMostNumbers || append_integers(f, numbers.ints);
      case 8: return text(f, out.name);
      case 9: return text(f, numbers.raw);
      case 14: numbers.external = f.integer == 1; return true;
      default: return true;
    }
  });
  out.literal.type = numbers.type;
  out.literal.integer =
      numbers.type == ElementType::int64 || numbers.type == ElementType::int32 || numbers.type == ElementType::boolean;
  if (whole) keep_small_numbers(numbers, out.literal);
  return whole;
}

using Kind = Attribute::Kind;

// By AttributeProto.AttributeType, from FLOAT = 1 on.
constexpr std::array kKinds{Kind::none,  Kind::real,  Kind::integer,  Kind::text, Kind::tensor,
                            Kind::other, Kind::reals, Kind::integers, Kind::texts};

// An AttributeProto before it is known which of its fields counts.
struct AttributeFields {
  std::int64_t declared = 0;  // its type; files of early writers have none
  std::vector<Kind> given;    // by the fields that are there
  std::vector<double> real, reals;
  std::vector<std::int64_t> integer, integers;
  std::string text;
  std::vector<std::string> texts;
  std::optional<Literal> tensor;

  // False where the field is damaged.
  bool add(const Field& f) {
    switch (f.number) {
      case 2: real = {static_cast<double>(f.as_float())}; return gives(Kind::real, f.type == Field::Type::fixed32);
      case 3: integer = {f.as_int()}; return gives(Kind::integer, f.type == Field::Type::varint);
      case 4: text = std::string(f.bytes); return gives(Kind::text, f.is_bytes());
      case 5: {
        Tensor t;
        if (!f.is_bytes() || !parse_tensor(f.bytes, t)) return false;
        tensor = std::move(t.literal);
        return gives(Kind::tensor, true);
      }
      case 7: return gives(Kind::reals, append_floats(f, reals));
      case 8: return gives(Kind::integers, append_integers(f, integers));
      case 9: texts.emplace_back(f.bytes); return gives(Kind::texts, f.is_bytes());
      case 6:   // a graph
      case 10:  // lists of tensors and graphs
      case 11:
      case 22:  // a sparse tensor, and a list of them
      case 23: return gives(Kind::other, f.is_bytes());
      case 20: declared = f.as_int(); return f.type == Field::Type::varint;
      default: return true;
    }
  }
  bool gives(Kind kind, bool whole) {
    if (given.empty() || given.back() != kind) given.push_back(kind);
    return whole;
  }
  // The declared type decides, else the one field that is there. A list may be empty, everything else has its field.
  [[nodiscard]] Kind kind() const {
    if (declared <= 0) return given.empty() ? Kind::none : given.size() == 1 ? given.front() : Kind::other;
    if (declared >= static_cast<std::int64_t>(kKinds.size())) return Kind::other;
    const Kind kind = kKinds[static_cast<std::size_t>(declared)];
    const bool list = kind == Kind::reals || kind == Kind::integers || kind == Kind::texts;
    return list || std::find(given.begin(), given.end(), kind) != given.end() ? kind : Kind::none;
  }
};

bool parse_attribute(std::string_view bytes, NamedAttribute& out) {
  AttributeFields fields;
  const bool whole = walk(bytes, [&](const Field& f) { return f.number == 1 ? text(f, out.name) : fields.add(f); });
  Attribute& a = out.attribute;
  a.kind = fields.kind();
  if (a.kind == Kind::integer || a.kind == Kind::integers)
    a.ints = std::move(a.kind == Kind::integer ? fields.integer : fields.integers);
  if (a.kind == Kind::real || a.kind == Kind::reals)
    a.reals = std::move(a.kind == Kind::real ? fields.real : fields.reals);
  if (a.kind == Kind::text) a.text = std::move(fields.text);
  if (a.kind == Kind::texts) a.texts = std::move(fields.texts);
  if (a.kind == Kind::tensor) a.tensor = std::move(fields.tensor);
  return whole;
}

bool parse_node(std::string_view bytes, NodeMessage& out) {
  return walk(bytes, [&](const Field& f) {
    switch (f.number) {
      case 1: return text(f, out.inputs.emplace_back());
      case 2: return text(f, out.outputs.emplace_back());
      case 3: return text(f, out.name);
      case 4: return text(f, out.type);
      case 5: return f.is_bytes() && parse_attribute(f.bytes, out.attributes.emplace_back());
      case 7: return text(f, out.domain);
      default: return true;
    }
  });
}

bool parse_dimension(std::string_view bytes, Dimension& out) {
  return walk(bytes, [&](const Field& f) {
    if (f.number == 1) out.extent = f.as_int();
    if (f.number == 2) return text(f, out.symbol);
    return true;
  });
}

// TypeProto.tensor_type: element type and shape.
bool parse_tensor_type(std::string_view bytes, ValueInfo& out) {
  return walk(bytes, [&](const Field& f) {
    if (f.number == 1) out.element_type = element_type(f.as_int());
    if (f.number != 2) return true;
    out.has_shape = true;
    return f.is_bytes() && walk(f.bytes, [&](const Field& d) {
             return d.number != 1 || (d.is_bytes() && parse_dimension(d.bytes, out.dimensions.emplace_back()));
           });
  });
}

bool parse_value_info(std::string_view bytes, ValueInfo& out) {
  return walk(bytes, [&](const Field& f) {
    if (f.number == 1) return text(f, out.name);
    if (f.number != 2) return true;
    return f.is_bytes() && walk(f.bytes, [&](const Field& t) {
             return t.number != 1 || (t.is_bytes() && parse_tensor_type(t.bytes, out));
           });
  });
}

bool parse_graph(std::string_view bytes, GraphMessage& out) {
  return walk(bytes, [&](const Field& f) {
    switch (f.number) {
      case 1: return f.is_bytes() && parse_node(f.bytes, out.nodes.emplace_back());
      case 2: return text(f, out.name);
      case 5: return f.is_bytes() && parse_tensor(f.bytes, out.initializers.emplace_back());
      case 11: return f.is_bytes() && parse_value_info(f.bytes, out.inputs.emplace_back());
      case 12: return f.is_bytes() && parse_value_info(f.bytes, out.outputs.emplace_back());
      case 15: out.sparse_initializers = true; return true;
      default: return true;
    }
  });
}

bool parse_opset(std::string_view bytes, ModelMessage& out) {
  std::string_view domain;
  std::int64_t version = 0;
  const bool whole = walk(bytes, [&](const Field& f) {
    if (f.number == 1) return text(f, domain);
    if (f.number == 2) version = f.as_int();
    return true;
  });
  if (domain.empty() || domain == "ai.onnx") out.opset = version;
  return whole;
}

}  // namespace

bool parse(std::string_view bytes, ModelMessage& out) {
  return walk(bytes, [&](const Field& f) {
    switch (f.number) {
      case 1: out.ir_version = f.as_int(); return f.type == Field::Type::varint;
      case 7: out.has_graph = true; return f.is_bytes() && parse_graph(f.bytes, out.graph);
      case 8: return f.is_bytes() && parse_opset(f.bytes, out);
      case 25: out.functions = true; return true;
      default: return true;
    }
  });
}

}  // namespace tessera::models::onnx
