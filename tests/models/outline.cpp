#include "tests/models/outline.h"

#include <fmt/format.h>
#include <fmt/ranges.h>
#include <gtest/gtest.h>

namespace tessera::models::tests {

Lines outline(const OnnxBuilder& builder, std::int64_t opset) {
  const auto n = builder.read(opset);
  EXPECT_TRUE(n.ok()) << (n.ok() ? "" : n.problems().to_string());
  Lines lines;
  if (!n.ok()) return lines;
  for (const Operator& op : n->operators) {
    std::string line = fmt::format("{} {} {}", to_string(op.unit), static_cast<int>(op.function),
                                   fmt::join(n->tensors[op.output].shape, "x"));
    for (const TensorId t : op.inputs) line += fmt::format(" < {}", fmt::join(n->tensors[t].shape, "x"));
    for (const PostOperation& post : op.posts) line += fmt::format(" + {}", static_cast<int>(post.function));
    const PeGeometry& g = op.pe;
    if (op.unit == Unit::pe)
      line += fmt::format(": {} x {}x{} of {} by {}{}", g.batch, g.out_h, g.out_w, g.channels, g.n,
                          g.weight_transposed ? " transposed" : "");
    lines.push_back(std::move(line));
  }
  return lines;
}

}  // namespace tessera::models::tests
