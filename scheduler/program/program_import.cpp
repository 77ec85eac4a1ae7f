// Tensors and operators of a program, and the whole of it.
#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <limits>
#include <utility>

#include "base/config/suggest.h"
#include "models/graph/graph.h"
#include "program.pb.h"
#include "scheduler/program/program.h"
#include "scheduler/program/program_importer.h"
#include "scheduler/tiles/requests.h"
#include "scheduler/tiles/tile_graph_build.h"
#include "scheduler/tiling/run_size.h"

namespace tessera::scheduler {

namespace proto = program::proto;
using models::Box;
using models::TensorId;
using models::TensorRole;

namespace {

template <class Map>
std::vector<std::string> keys(const Map& map) {
  std::vector<std::string> names;
  for (const auto& [name, value] : map) names.push_back(name);
  return names;
}

TensorRole role_of(proto::Tensor::Role role) {
  switch (role) {
    case proto::Tensor::input: return TensorRole::network_input;
    case proto::Tensor::output: return TensorRole::network_output;
    case proto::Tensor::constant: return TensorRole::constant;
    default: return TensorRole::activation;
  }
}

}  // namespace

ProgramImporter::ProgramImporter(const ProgramFile& file, const arch::NpuSpec& npu, const RequestSpec& requests)
    : file_(file), program_(file.program()), npu_(npu), requests_(requests) {}

bool ProgramImporter::check(const std::string& path, std::int64_t value, std::int64_t low, std::int64_t high) {
  if (value >= low && value <= high) return true;
  report(path, fmt::format("is {}, and must be from {} to {}", value, low, high));
  return false;
}

base::Result<TileProgram> ProgramImporter::run() {
  network_.name = program_.name().empty() ? std::filesystem::path(file_.name()).stem().string() : program_.name();
  network_.file = file_.name();
  read_slots();
  read_tensors();
  read_operators();
  if (problems_.empty()) read_buffers();
  if (problems_.empty()) read_blocks();
  if (problems_.empty()) make_buffers();
  if (problems_.empty()) check_requests();
  if (problems_.empty()) read_groups();
  if (!problems_.empty()) return problems_;
  return link();
}

void ProgramImporter::read_slots() {
  const std::int64_t slots[3] = {program_.slots().input(), program_.slots().weight(), program_.slots().output()};
  constexpr std::array kNames{"input", "weight", "output"};
  const arch::SramRegionSpec* regions[3] = {&npu_.core.sram.input, &npu_.core.sram.weight, &npu_.core.sram.output};
  for (std::size_t r = 0; r < 3; ++r) {
    const std::string path = fmt::format("slots.{}", kNames[r]);
    if (!check(path, slots[r], 1, 64)) continue;
    const arch::SramRegionSpec& region = *regions[r];
    graph_.slots[r] = slots[r];
    graph_.slot_bytes[r] = region.capacity.count() / slots[r];
    if (region.arrangement == arch::BankArrangement::separate && region.banks >= slots[r] &&
        region.banks % slots[r] != 0)
      report(path, fmt::format("of {} slots does not divide the {} banks of core.sram.{}", slots[r], region.banks,
                               kNames[r]));
  }
}

void ProgramImporter::read_tensors() {
  for (int i = 0; i < program_.tensors_size() && !full(); ++i)
    read_tensor(program_.tensors(i), fmt::format("tensors[{}]", i));
  // Parts of tensors that are there before the run, or leave it: views, as the network of a file has them.
  const auto tensors = static_cast<TensorId>(network_.tensors.size());
  for (TensorId t = 0; t < tensors; ++t) {
    for (const Box& part : fed_in_[t]) add_view(t, part, TensorRole::network_input);
    for (const Box& part : leaves_[t]) add_view(t, part, TensorRole::network_output);
  }
}

void ProgramImporter::read_tensor(const proto::Tensor& t, const std::string& path) {
  models::Tensor tensor;
  tensor.name = t.name();
  tensor.role = role_of(t.role());
  tensor.root = static_cast<TensorId>(network_.tensors.size());
  tensor.host = t.host();
  if (t.name().empty()) report(path, "has no name");
  else if (!tensors_.emplace(t.name(), tensor.root).second)
    report(path + ".name", fmt::format("\"{}\" is the name of another tensor too", t.name()));
  if (t.shape_size() != 4) {
    report(path + ".shape", fmt::format("has {} numbers, and must have 4: n, h, w, c", t.shape_size()));
  } else {
    __int128 elements = 1;
    for (int a = 0; a < 4; ++a) {
      tensor.shape[static_cast<std::size_t>(a)] = t.shape(a);
      if (check(fmt::format("{}.shape[{}]", path, a), t.shape(a), 0, kMostAddress)) elements *= t.shape(a);
      if (elements > kMostAddress) return report(path + ".shape", "has more elements than memory can be addressed");
    }
  }
  tensor.dims.assign(tensor.shape.begin(), tensor.shape.end());
  std::vector<std::string> names;
  for (const auto& p : base::kPrecisions) names.emplace_back(p.name);
  const auto named = std::ranges::find(names, t.precision());
  if (named != names.end()) tensor.precision = static_cast<base::Precision>(named - names.begin());
  else if (!t.precision().empty())
    report(path + ".precision", fmt::format("is \"{}\", not one of {}", t.precision(), fmt::join(names, ", ")));
  check(path + ".bits", t.bits(), 0, 4096);
  fed_in_.emplace_back();
  leaves_.emplace_back();
  for (int i = 0; i < t.fed_in_size(); ++i)
    fed_in_.back().push_back(box(t.fed_in(i), tensor.shape, fmt::format("{}.fed_in[{}]", path, i)));
  for (int i = 0; i < t.leaves_size(); ++i)
    leaves_.back().push_back(box(t.leaves(i), tensor.shape, fmt::format("{}.leaves[{}]", path, i)));
  network_.tensors.push_back(std::move(tensor));
}

void ProgramImporter::add_view(TensorId root, const Box& part, TensorRole role) {
  models::Tensor view;
  view.name = fmt::format("{}#{}", network_.tensors[root].name, network_.tensors.size());
  view.role = role;
  view.root = root;
  view.view = models::Tensor::View::window;
  view.offset = part.begin;
  for (std::size_t a = 0; a < 4; ++a) view.shape[a] = part.extent(static_cast<int>(a));
  network_.tensors.push_back(std::move(view));
}

Box ProgramImporter::box(const proto::Box& b, const models::Shape& within, const std::string& path) {
  Box result = models::whole(within);
  if (b.begin_size() != 4 || b.end_size() != 4) {
    report(path, fmt::format("has {} and {} numbers in begin and end, and must have 4 each: n, h, w, c", b.begin_size(),
                             b.end_size()));
    return result;
  }
  for (int a = 0; a < 4; ++a) {
    const auto axis = static_cast<std::size_t>(a);
    result.begin[axis] = b.begin(a);
    result.end[axis] = b.end(a);
    if (b.begin(a) >= 0 && b.begin(a) < b.end(a) && b.end(a) <= within[axis]) continue;
    report(path, fmt::format("is [{}, {}) along {}, not a part of the tensor's [0, {})", b.begin(a), b.end(a),
                             "nhwc"[a], within[axis]));
    return models::whole(within);
  }
  return result;
}

TensorId ProgramImporter::tensor(const std::string& name, const std::string& path) {
  if (const auto found = tensors_.find(name); found != tensors_.end()) return found->second;
  report(path, name.empty() ? "names no tensor"
                            : fmt::format("names a tensor \"{}\" that is not in the list of tensors{}", name,
                                          base::did_you_mean(name, keys(tensors_))));
  return models::kNone;
}

void ProgramImporter::read_operators() {
  for (int i = 0; i < program_.operators_size() && !full(); ++i)
    read_operator(program_.operators(i), fmt::format("operators[{}]", i));
  if (program_.operators_size() > models::kMostOperators)
    report("operators",
           fmt::format("are {}; records tell at most {} apart", program_.operators_size(), models::kMostOperators));
}

base::Function ProgramImporter::function(const std::string& name, const std::string& path) {
  if (name.empty()) return base::Function::identity;
  std::vector<std::string> names;
  for (std::size_t f = 0; f < base::kFunctionCount; ++f) {
    names.emplace_back(base::to_string(static_cast<base::Function>(f)));
    if (names.back() == name) return static_cast<base::Function>(f);
  }
  report(path, fmt::format("is \"{}\", which is no function of the vector unit{}; tessera params has a list of them",
                           name, base::did_you_mean(name, names)));
  return base::Function::identity;
}

void ProgramImporter::read_operator(const proto::Operator& o, const std::string& path) {
  models::Operator op;
  op.name = o.name();
  op.type = o.type();
  op.unit = static_cast<models::Unit>(o.unit());
  if (o.name().empty()) report(path, "has no name");
  else if (!operators_.emplace(o.name(), static_cast<std::uint32_t>(network_.operators.size())).second)
    report(path + ".name", fmt::format("\"{}\" is the name of another operator too", o.name()));
  for (int i = 0; i < o.inputs_size(); ++i) {
    const TensorId input = tensor(o.inputs(i), fmt::format("{}.inputs[{}]", path, i));
    if (input != models::kNone) op.inputs.push_back(input);
  }
  op.output = tensor(o.output(), path + ".output");
  op.function = function(o.function(), path + ".function");
  for (int i = 0; i < o.posts_size(); ++i)
    op.posts.push_back({function(o.posts(i), fmt::format("{}.posts[{}]", path, i)), models::kNone, {}});
  constexpr std::int64_t kMost = std::int64_t{1} << 40;
  const auto count = [&](const char* key, std::int64_t n) {
    return check(path + key, n, 0, kMost) ? std::max<std::int64_t>(1, n) : 1;
  };
  using Access = models::Operator::Access;
  op.access = o.window() > 0 ? Access::geometry : Access::axes;
  op.vector.reducing = o.reducing();
  op.vector.kernel_w = count(".window", o.window());
  op.vector.repeats = count(".repeats", o.repeats());
  op.pe.channels = count(".reduction", o.reduction());
  network_.operators.push_back(std::move(op));
}

base::Result<TileProgram> ProgramImporter::link() {
  constexpr std::int64_t kMost = kMostTilesOfRun;
  const auto of_one = static_cast<std::int64_t>(std::max(graph_.tiles.size(), graph_.blocks.size()));
  if (of_one > 0 && requests_.count > kMost / of_one)
    return base::failure(
        fmt::format("requests.count: {} requests of {} tiles and blocks each are more than the {} that "
                    "can be told apart",
                    requests_.count, of_one, kMost));
  graph_.requests = requests_of(requests_);
  const auto groups = static_cast<GroupId>(graph_.groups.size());
  repeat_requests(graph_, static_cast<std::uint32_t>(requests_.count), program_.request_bytes());
  count_loads(graph_);
  const auto edges = control_.size();
  for (std::uint32_t r = 1; r < requests_.count; ++r)
    for (std::size_t i = 0; i < edges; ++i)
      control_.emplace_back(control_[i].first + r * groups, control_[i].second + r * groups);
  for (const Tile& t : graph_.tiles)
    if (t.work != kNoId) graph_.macs += graph_.works[t.work].macs;
  for (const Buffer& buffer : graph_.buffers) graph_.dram_bytes_end = std::max(graph_.dram_bytes_end, buffer.end);
  LinkFault fault;
  auto linked = link_tile_graph(std::move(graph_), network_, std::move(control_), &fault);
  if (!linked) {
    const std::string path = fault.block != kNoId ? fmt::format("blocks[{}]", fault.block)
                                                  : fmt::format("groups[{}]", fault.group % std::max(groups, 1u));
    report(path, fmt::format("cannot be waited for: {}", linked.problems().list().front().message));
    return problems_;
  }
  for (GroupId g = 0; g < groups; ++g) {
    const auto before = linked->predecessors(g);
    if (before.empty() || before.back() < g) continue;
    report(fmt::format("groups[{}]", g), fmt::format("waits for groups[{}], which stands behind it: list the groups in "
                                                     "an order in which they can run",
                                                     before.back()));
  }
  if (!problems_.empty()) return problems_;
  return TileProgram{std::move(network_), std::move(linked).value()};
}

base::Result<TileProgram> read_program(const std::filesystem::path& path, const arch::NpuSpec& npu,
                                       const RequestSpec& requests, const SizeLimits& limits) {
  const auto file = ProgramFile::read(path);
  if (!file) return file.problems();
  std::int64_t tiles = 0;
  for (const auto& group : file->program().groups()) tiles += std::max(1, group.tiles_size());
  SizeLimits counted = limits;  // the memory is taken already
  counted.memory = std::numeric_limits<std::int64_t>::max();
  if (auto problem = over_limit({static_cast<double>(tiles) * static_cast<double>(requests.count)}, counted))
    return base::failure(std::move(*problem));
  return ProgramImporter(*file, npu, requests).run();
}

}  // namespace tessera::scheduler
