// Blocks of a program and the memory that they lie in.
#include <fmt/format.h>

#include <algorithm>
#include <numeric>
#include <utility>

#include "arch/transfer/transfer.h"
#include "program.pb.h"
#include "scheduler/program/program_importer.h"

namespace tessera::scheduler {

namespace proto = program::proto;
using models::Box;
using models::TensorId;
using models::TensorRole;

namespace {

using Wide = __int128;

// Behind the last byte of the last run.
Wide end_of(const arch::Strided& where) {
  Wide end = Wide{where.base} + where.run_bytes;
  for (std::size_t d = 0; d < 3; ++d) end += Wide{where.count[d] - 1} * where.stride[d];
  return end;
}

}  // namespace

void ProgramImporter::read_buffers() {
  for (int i = 0; i < program_.buffers_size() && !full(); ++i) {
    const proto::Buffer& b = program_.buffers(i);
    const std::string path = fmt::format("buffers[{}]", i);
    check(path + ".address", b.address(), 0, kMostAddress);
    check(path + ".bytes", b.bytes(), 0, kMostAddress);
    graph_.buffers.push_back({b.address(), b.address() + b.bytes(), 0});
  }
}

void ProgramImporter::read_blocks() {
  for (int i = 0; i < program_.blocks_size() && !full(); ++i)
    read_block(program_.blocks(i), fmt::format("blocks[{}]", i));
}

void ProgramImporter::read_block(const proto::Block& b, const std::string& path) {
  const TensorId root = tensor(b.tensor(), path + ".tensor");
  if (root == models::kNone) return;
  const models::Tensor& of = network_.tensors[root];
  Block block;
  block.root = root;
  block.box = b.has_box() ? box(b.box(), of.shape, path + ".box") : models::whole(of.shape);
  if (block.box.empty()) report(path, fmt::format("is a part of tensor \"{}\", which has no elements", of.name));
  const auto any = [&](const std::vector<Box>& parts, auto holds) { return std::ranges::any_of(parts, holds); };
  block.constant = of.role == TensorRole::constant;
  block.network_input = of.role == TensorRole::network_input ||
                        any(fed_in_[root], [&](const Box& part) { return part.contains(block.box); });
  block.network_output = of.role == TensorRole::network_output || of.host ||
                         any(leaves_[root], [&](const Box& part) { return part.intersects(block.box); });
  const std::int64_t bits = program_.tensors(static_cast<int>(root)).bits();
  block.bits = bits > 0 ? bits : base::bits_of(of.precision.value_or(npu_.precision));
  read_place(b, block, path);
  if (b.has_buffer()) {
    block.buffer = b.buffer();
    if (b.buffer() >= graph_.buffers.size())
      report(path + ".buffer",
             fmt::format("is {}; there are {} buffers, counted from 0", b.buffer(), graph_.buffers.size()));
  }
  graph_.blocks.push_back(std::move(block));
}

// Runs ascend and do not overlap: no byte of a block moves twice.
void ProgramImporter::read_place(const proto::Block& b, Block& block, const std::string& path) {
  arch::Strided& where = block.where;
  where.base = b.address();
  where.run_bytes = b.run_bytes();
  bool fine = check(path + ".address", b.address(), 0, kMostAddress);
  fine = check(path + ".run_bytes", b.run_bytes(), 1, kMostAddress) && fine;
  if (b.count_size() > 3 || b.stride_size() != b.count_size()) {
    report(path, fmt::format("has {} counts and {} strides; it takes as many of one as of the other, at most 3",
                             b.count_size(), b.stride_size()));
    return;
  }
  Wide inner = where.run_bytes, useful = where.run_bytes;
  for (int d = 0; d < b.count_size(); ++d) {
    const auto i = static_cast<std::size_t>(d);
    where.count[i] = b.count(d);
    where.stride[i] = b.stride(d);
    fine = check(fmt::format("{}.count[{}]", path, d), b.count(d), 1, kMostAddress) && fine;
    fine = check(fmt::format("{}.stride[{}]", path, d), b.stride(d), 0, kMostAddress) && fine;
    if (!fine) return;
    if (b.count(d) > 1 && b.stride(d) < inner) {
      report(fmt::format("{}.stride[{}]", path, d),
             fmt::format("is {}, less than the {} B that it repeats: runs would overlap", b.stride(d),
                         static_cast<std::int64_t>(inner)));
      return;
    }
    inner += Wide{b.count(d) - 1} * b.stride(d);
    useful *= b.count(d);
    if (inner > kMostAddress) return report(path, fmt::format("ends behind the last address, {}", kMostAddress));
  }
  if (!fine || end_of(where) > kMostAddress) {
    if (fine) report(path, fmt::format("ends behind the last address, {}", kMostAddress));
    return;
  }
  block.bytes = arch::moved_bytes(where, npu_.dram.burst.count());
  block.useful_bytes = b.useful_bytes() == 0 ? static_cast<std::int64_t>(useful) : b.useful_bytes();
  check(path + ".useful_bytes", block.useful_bytes, 1, static_cast<std::int64_t>(useful));
}

// Where the program has none: one of each tensor.
void ProgramImporter::make_buffers() {
  std::map<TensorId, std::uint32_t> of_tensor;
  for (Block& block : graph_.blocks) {
    if (block.buffer != kNoId) continue;
    const auto [found, first] = of_tensor.try_emplace(block.root, static_cast<std::uint32_t>(graph_.buffers.size()));
    if (first) graph_.buffers.push_back({kMostAddress, 0, 0});
    block.buffer = found->second;
    Buffer& buffer = graph_.buffers[block.buffer];
    buffer.begin = std::min(buffer.begin, block.where.base);
    buffer.end = std::max(buffer.end, static_cast<std::int64_t>(end_of(block.where)));
  }
  for (std::size_t b = 0; b < graph_.blocks.size(); ++b) check_inside(graph_.blocks[b], fmt::format("blocks[{}]", b));
  check_overlaps();
}

void ProgramImporter::check_inside(const Block& block, const std::string& path) {
  const Buffer& buffer = graph_.buffers[block.buffer];
  const auto end = static_cast<std::int64_t>(end_of(block.where));
  if (block.where.base >= buffer.begin && end <= buffer.end) return;
  report(path, fmt::format("lies at [{}, {}), not inside its buffer {} at [{}, {})", block.where.base, end,
                           block.buffer, buffer.begin, buffer.end));
}

// A message names the blocks, for buffers may be made by the reader.
void ProgramImporter::check_overlaps() {
  std::vector<std::size_t> owner(graph_.buffers.size(), graph_.blocks.size());
  for (std::size_t b = graph_.blocks.size(); b-- > 0;) owner[graph_.blocks[b].buffer] = b;
  std::vector<std::uint32_t> order(graph_.buffers.size());
  std::iota(order.begin(), order.end(), 0u);
  std::erase_if(order, [&](std::uint32_t i) { return graph_.buffers[i].begin >= graph_.buffers[i].end; });
  std::ranges::stable_sort(order, {}, [&](std::uint32_t i) { return graph_.buffers[i].begin; });
  const auto text = [&](std::uint32_t i) {
    const Buffer& buffer = graph_.buffers[i];
    return fmt::format("[{}, {}){}", buffer.begin, buffer.end,
                       owner[i] < graph_.blocks.size() ? fmt::format(" of blocks[{}]", owner[i]) : std::string());
  };
  for (std::size_t i = 1; i < order.size(); ++i) {
    const std::uint32_t a = order[i - 1], b = order[i];
    if (graph_.buffers[b].begin >= graph_.buffers[a].end) continue;
    const std::string path = b < static_cast<std::uint32_t>(program_.buffers_size()) ? fmt::format("buffers[{}]", b)
                             : owner[b] < graph_.blocks.size() ? fmt::format("blocks[{}]", owner[b])
                                                               : std::string("buffers");
    report(path, fmt::format("overlaps another buffer: {} and {}; only blocks of one buffer may share bytes", text(b),
                             text(a)));
  }
}

// Every further request has its activations `request_bytes` behind those of the one before.
void ProgramImporter::check_requests() {
  check("request_bytes", program_.request_bytes(), 0, kMostAddress);
  if (requests_.count < 2 || full()) return;
  std::vector<bool> constant(graph_.buffers.size(), true);
  for (const Block& block : graph_.blocks)
    if (!block.constant) constant[block.buffer] = false;
  std::int64_t begin = kMostAddress, end = 0;
  for (std::size_t b = 0; b < constant.size(); ++b) {
    if (constant[b]) continue;
    begin = std::min(begin, graph_.buffers[b].begin);
    end = std::max(end, graph_.buffers[b].end);
  }
  if (begin >= end) return;
  if (program_.request_bytes() < end - begin)
    return report("request_bytes", fmt::format("is {}, and the activations of one request take [{}, {}), {} B: the "
                                               "next request's would overlap them",
                                               program_.request_bytes(), begin, end, end - begin));
  const Wide last = Wide{end} + Wide{requests_.count - 1} * program_.request_bytes();
  if (last > kMostAddress)
    return report("request_bytes", fmt::format("of {} requests lead behind the last address", requests_.count));
  for (std::size_t b = 0; b < constant.size(); ++b) {
    const Buffer& buffer = graph_.buffers[b];
    if (!constant[b] || buffer.begin >= buffer.end || buffer.end <= end || buffer.begin >= last) continue;
    return report(
        "request_bytes",
        fmt::format("of {} requests fill [{}, {}), where constants lie at [{}, {}): the program has room for {}",
                    requests_.count, begin, static_cast<std::int64_t>(last), buffer.begin, buffer.end,
                    1 + (buffer.begin - end) / std::max<std::int64_t>(1, program_.request_bytes())));
  }
}

}  // namespace tessera::scheduler
