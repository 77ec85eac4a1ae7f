#include "sim/trial/random_run.h"

#include <fmt/format.h>

#include <random>
#include <vector>

namespace tessera::sim {
namespace {

class Draw {
 public:
  explicit Draw(std::uint64_t seed) : random_(seed) {}
  // Uniform in [low, high]; the same on every standard library.
  std::int64_t number(std::int64_t low, std::int64_t high) {
    return low + static_cast<std::int64_t>(random_() % static_cast<std::uint64_t>(high - low + 1));
  }
  bool chance(int percent) { return number(1, 100) <= percent; }
  template <class T>
  T one_of(std::initializer_list<T> values) {
    return values.begin()[number(0, static_cast<std::int64_t>(values.size()) - 1)];
  }

 private:
  std::mt19937_64 random_;
};

// Layers over one image, each of which reads the one before; some join it with an earlier one of the same shape.
class ImageNetwork {
 public:
  explicit ImageNetwork(Draw& draw) : draw_(draw) {}
  std::string text() {
    const std::int64_t side = draw_.number(6, 24);
    shape_ = {draw_.number(1, 24), side};
    text_ = fmt::format("network: random\ninputs:\n  image: [1, {}, {}, {}]\nlayers:\n", shape_.channels, side, side);
    const std::int64_t layers = draw_.number(1, 8);
    for (number_ = 0; number_ < layers; ++number_) layer();
    return text_;
  }

 private:
  struct Shape {
    std::int64_t channels, side;
    friend bool operator==(const Shape&, const Shape&) = default;
  };

  void put(const std::string& rest) {
    text_ += fmt::format("  - {{name: l{}, {}}}\n", number_, rest);
    shapes_.push_back(shape_);
  }
  void layer() {
    const std::int64_t kind = draw_.number(0, 9);
    std::vector<std::size_t> equals;
    for (std::size_t i = 0; i + 1 < shapes_.size(); ++i)
      if (shapes_[i] == shape_) equals.push_back(i);
    if (!equals.empty() && draw_.chance(50)) {
      const std::size_t other = equals[static_cast<std::size_t>(draw_.number(0, std::ssize(equals) - 1))];
      return put(fmt::format("op: add, inputs: [l{}, l{}]", number_ - 1, other));
    }
    if (kind < 5) {
      shape_.channels = draw_.number(1, 40);
      const bool wide = draw_.chance(50);
      put(fmt::format("op: conv, out: {}, kernel: {}, pad: {}{}", shape_.channels, wide ? 3 : 1, wide ? 1 : 0,
                      draw_.one_of({"", ", activation: relu", ", activation: silu"})));
    } else if (kind < 7) {
      put("op: depthwise_conv, kernel: 3, pad: 1");
    } else if (kind < 8 && shape_.side >= 6) {
      shape_.side /= 2;
      put("op: max_pool, kernel: 2, stride: 2");
    } else if (shape_.side <= 12) {
      shape_.side *= 2;
      put("op: resize, scale: 2");
    } else {
      put("op: relu");
    }
  }

  Draw& draw_;
  Shape shape_{1, 1};
  std::int64_t number_ = 0;
  std::vector<Shape> shapes_;  // of each layer's output
  std::string text_;
};

std::string token_network(Draw& draw) {
  const std::int64_t tokens = draw.number(1, 40), width = 4 * draw.number(1, 16);
  std::string text = fmt::format("network: random\ninputs:\n  tokens: [1, {}, {}]\nlayers:\n", tokens, width);
  const std::int64_t blocks = draw.number(1, 3);
  for (std::int64_t b = 0; b < blocks; ++b) {
    const std::string in = b == 0 ? "tokens" : fmt::format("sum{}", b - 1);
    text += fmt::format("  - {{name: norm{}, op: layernorm, inputs: {}}}\n", b, in);
    text += fmt::format("  - {{name: up{}, op: gemm, out: {}, activation: gelu}}\n", b, width * draw.number(1, 4));
    text += fmt::format("  - {{name: down{}, op: gemm, out: {}}}\n", b, width);
    text += fmt::format("  - {{name: sum{0}, op: add, inputs: [down{0}, {1}]}}\n", b, in);
  }
  return text;
}

std::string channels(Draw& draw) {
  std::string list;
  const std::int64_t count = draw.number(1, 4);
  for (std::int64_t c = 0; c < count; ++c)
    list += fmt::format("{}{{rate: {} B/cycle}}", c == 0 ? "" : ", ", draw.one_of({2, 4, 16, 64}));
  return draw.chance(50) ? fmt::format("{}", count) : "[" + list + "]";
}

std::string machine(Draw& draw, std::int64_t cores) {
  std::string text =
      fmt::format("npu:\n  cores: {}\n  clocks: {{core: {} MHz}}\n", cores, draw.one_of({200, 625, 1000}));
  text += fmt::format("  core:\n    pe_array: {{rows: {}, columns: {}, dataflow: {}}}\n", draw.one_of({4, 8, 16}),
                      draw.one_of({4, 8, 16}), draw.one_of({"weight_stationary", "output_stationary"}));
  text += fmt::format("    queue: {}\n    sram:\n", draw.number(1, 4));
  for (const char* region : {"input", "weight", "output"})
    text += fmt::format("      {}: {{capacity: {} KiB}}\n", region, draw.one_of({16, 32, 64}));
  text += fmt::format("  dma: {{channels: {}, outstanding: {}}}\n", channels(draw), draw.one_of({2, 8, 64}));
  text += fmt::format("  interconnect: {{bytes_per_cycle: {} B/cycle, latency: {} cycles, duplex: {}}}\n",
                      draw.one_of({8, 32, 64}), draw.number(0, 12), draw.one_of({"full", "half"}));
  text += fmt::format("  dram: {{model: simple, bandwidth: {} GB/s, latency: {} ns}}\n", draw.one_of({1, 4, 16}),
                      draw.number(1, 150));
  if (draw.chance(30)) text += "  shared_sram: {capacity: 32 KiB, replacement: policy}\n";
  text += fmt::format("  scheduler: {{count: {}, dispatch_latency: {} cycles, launch_latency: {} cycles}}\n",
                      draw.chance(60) ? 1 : draw.number(2, 4), draw.chance(25) ? 0 : draw.number(1, 40),
                      draw.chance(60) ? 0 : draw.number(1, 300));
  return text;
}

}  // namespace

RandomRun random_run(std::uint64_t seed) {
  Draw draw(seed);
  RandomRun run;
  run.network_yaml = draw.chance(75) ? ImageNetwork(draw).text() : token_network(draw);
  run.run_yaml = fmt::format("# Random run of seed {}.\nname: seed_{}\nmodel: network.yaml\n", seed, seed);
  const std::int64_t cores = draw.chance(30) ? 1 : draw.number(2, 6);
  run.run_yaml += machine(draw, cores);
  run.run_yaml += fmt::format("buffers: {{input: {}, weight: {}, output: {}}}\n", draw.number(1, 3), draw.number(1, 3),
                              draw.number(1, 3));
  if (draw.chance(40)) run.run_yaml += fmt::format("dma: {{split: {}}}\n", draw.number(1, 3));
  if (draw.chance(70))
    run.run_yaml += fmt::format("tiles: [{{pattern: \"*\", m: {}, n: {}, k: {}}}]\n", draw.number(1, 6),
                                draw.number(2, 16), draw.chance(50) ? 0 : draw.number(2, 12));
  const std::int64_t requests = draw.chance(50) ? 1 : draw.number(2, 4);
  if (requests > 1)
    run.run_yaml += fmt::format("requests: {{count: {}, interval: {} us}}\n", requests, draw.number(0, 30));
  return run;
}

}  // namespace tessera::sim
