#include "models/network/operator_work.h"

#include <map>
#include <utility>

namespace tessera::models {

namespace {

template <class Key>
std::vector<WorkTotal> totals(const Network& network, const ElementFormat& format, const Key& type_of) {
  std::map<std::pair<Unit, std::string>, WorkTotal> sums;
  for (const Operator& op : network.operators) {
    const OperatorWork work = work_of(network, op, format);
    const std::string type = type_of(op);
    WorkTotal& total = sums[{op.unit, type}];
    total.unit = op.unit;
    total.type = type;
    ++total.operators;
    total.macs += work.macs;
    total.bytes += work.bytes();
  }
  std::vector<WorkTotal> list;
  for (const auto& [key, total] : sums) list.push_back(total);
  return list;
}

}  // namespace

// What lies inside another tensor has the format of that one.
base::Precision precision_of(const Network& network, TensorId tensor, const ElementFormat& format) {
  return network.root(tensor).precision.value_or(format.precision);
}

OperatorWork work_of(const Network& network, const Operator& op, const ElementFormat& format) {
  OperatorWork work;
  if (network.is_empty(op.output) || op.unit == Unit::host) return work;  // the host's own work is no traffic
  if (op.unit == Unit::pe) work.macs = op.pe.macs();
  const Box out = whole(network.tensors[op.output].shape);
  const auto bytes_of = [&](TensorId tensor, const Box& box) {
    return base::packed_bytes(box.elements(), base::bits_of(precision_of(network, tensor, format)));
  };
  work.output_bytes = bytes_of(op.output, out);
  std::vector<std::pair<TensorId, Box>> read;  // x * x reads x once
  for (std::size_t i = 0; i < op.inputs.size(); ++i) {
    if (network.is_empty(op.inputs[i])) continue;
    const std::pair<TensorId, Box> part{op.inputs[i], source_box(network, op, i, out)};
    if (!read.empty() && read.front() == part) continue;
    read.push_back(part);
    const std::int64_t bytes = bytes_of(part.first, part.second);
    const bool constant = network.root(part.first).role == TensorRole::constant;
    (constant ? work.weight_bytes : work.input_bytes) += bytes;
  }
  for (const PostOperation& post : op.posts)
    if (post.parameter != kNone)
      work.weight_bytes += whole(network.tensors[post.parameter].shape).elements() * format.accumulator_bytes;
  return work;
}

std::optional<double> intensity(std::int64_t macs, std::int64_t bytes) {
  if (macs == 0 || bytes == 0) return std::nullopt;
  return static_cast<double>(macs) / static_cast<double>(bytes);
}

std::vector<WorkTotal> totals_by_type(const Network& network, const ElementFormat& format) {
  return totals(network, format, [](const Operator& op) { return op.type; });
}
std::vector<WorkTotal> totals_by_unit(const Network& network, const ElementFormat& format) {
  return totals(network, format, [](const Operator&) { return std::string(); });
}

}  // namespace tessera::models
