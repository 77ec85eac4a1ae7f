#include "sim/config/run_parameters.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>

#include "arch/spec/npu_parameters.h"
#include "base/config/map_reader.h"
#include "scheduler/policy/policies.h"
#include "sim/config/bindings.h"
#include "sim/config/host_rules.h"
#include "sim/config/model_shape.h"
#include "sim/config/option_values.h"
#include "sim/config/request_list.h"
#include "sim/config/tile_rule_keys.h"

template class tessera::base::ParameterTable<tessera::sim::RunSpec>;

namespace tessera::sim {
namespace {

using base::Diagnostics;
using base::Dimension;
using base::Node;
using base::Range;
using scheduler::TileRule;

constexpr std::array<const char*, 3> kOperands{"input", "weight", "output"};

// Files and inline maps: run_reader opens them, with the right base folder.
void add_sources(RunTable& t) {
  const auto elsewhere = [](RunSpec&, const Node&, const std::string&, Diagnostics&) {};
  const auto unwritten = [](const RunSpec&) -> std::optional<Node> { return std::nullopt; };
  const auto add = [&](std::string path, std::string kind, std::string text) {
    auto& p = t.add({std::move(path), std::move(kind), "", "", "", std::move(text), false});
    p.default_follows("none");
    p.read = elsewhere;
    p.write = unwritten;
  };
  add("npu", "file or map", "the machine: a file, or its parameters in place (tessera params npu)");
  add("model", "file", "the network: ONNX or a YAML graph; or one of program, gemm, conv");
  add("program", "file",
      "tiles of a compiler instead of a network: YAML, protobuf's text (.txtpb) or protobuf (docs/formats.md, Tile "
      "programs)");
  const auto add_shape = [&](std::string path, std::string range, auto place, auto parse) {
    auto& p =
        t.add({std::move(path), "text", "", "", std::move(range), "a one-operator network instead of model", false});
    p.default_follows("none");
    p.read = [place, parse](RunSpec& s, const Node& n, const std::string& name, Diagnostics& d) {
      const auto text = base::read_text(n, name, d);
      if (!text) return;
      const auto shape = parse(*text);
      if (shape) s.model.*place = *shape;
      else d.add(n.problem(name + " " + shape.problems().list().front().message));
    };
    p.write = [place](const RunSpec& s) -> std::optional<Node> {
      if (!(s.model.*place)) return std::nullopt;
      return Node::make_scalar(to_string(*(s.model.*place)), true);
    };
  };
  add_shape("gemm", "MxKxN", &ModelSource::gemm, parse_gemm);
  add_shape("conv", "w=..,h=..,c=..,k=..,kw=..,kh=..[,sx=,sy=,pl=,pr=,pt=,pb=,dx=,dy=,groups=]", &ModelSource::conv,
            parse_conv);
  auto& bind = t.add({"bind", "map", "", "", "0 to 2147483648",
                      "numbers for named dimensions of the network's inputs: {batch: 1, seq: 128}; an axis without a "
                      "name is called INPUT.AXIS, and an input of one element may be bound to a number too",
                      false});
  bind.default_follows("{}");
  bind.read = [](RunSpec& s, const Node& n, const std::string& name, Diagnostics& d) {
    read_bindings(n, name, s.model.bind, d);
  };
  bind.write = [](const RunSpec& s) -> std::optional<Node> {
    if (s.model.bind.empty()) return std::nullopt;
    return write_bindings(s.model.bind);
  };
}

void add_host(RunTable& t) {
  auto& p = t.add({"host", "map or list", "", "", "times from 0 ps to 1000 s",
                   "operators that the host runs, by type: {NonMaxSuppression: 200 us}, with or without its domain "
                   "(ai.onnx.ml.ZipMap): each such node is one task of that time, and what it reads and makes is "
                   "copied; or a list of {pattern (* and ?) of the node's name, type, time}; the first match wins",
                   false});
  p.default_follows("{}: the machine runs all");
  p.read = [](RunSpec& s, const Node& n, const std::string& name, Diagnostics& d) {
    read_host_rules(n, name, s.model.host, d);
  };
  p.write = [](const RunSpec& s) -> std::optional<Node> {
    if (s.model.host.empty()) return std::nullopt;
    return write_host_rules(s.model.host);
  };
}

void add_tiles(RunTable& t) {
  auto& p =
      t.add({"tiles", "list or map", "", "", "",
             "tile sizes for operators whose name matches: {pattern (* and ?), m, w, n, k, "
             "input, loop_order}; m, w: output rows and columns, n, k: output and input channels; 0 or left out: "
             "automatic; m: line = a row of an image, all rows of a matrix; input: window | whole: load what a tile "
             "reads, or the operator's whole input once where it fits a slot; or held exactly for one operator: "
             "{operator (its name), b, m, w, n, k, input, loop_order, "
             "deal: chunks | columns, cores}; the first match wins; or {from: FILE}: a summary.json, tessera model "
             "--tiles --json or a run file whose tiles are held",
             false});
  p.default_follows("[]: all automatic");
  p.read = [](RunSpec& s, const Node& n, const std::string& name, Diagnostics& d) {
    if (!n.is_list()) {
      d.add(
          n.problem(fmt::format("{} must be a list of maps such as {{pattern: \"*conv1*\", m: 8, n: 64}}, or "
                                "{{from: FILE}}, not {}",
                                name, n.describe())));
      return;
    }
    s.schedule.tiles.clear();
    for (std::size_t i = 0; i < n.items.size(); ++i) {
      s.schedule.tiles.push_back(read_tile_rule(n.items[i], fmt::format("{}[{}]", name, i), d));
    }
  };
  p.write = [](const RunSpec& s) -> std::optional<Node> {
    if (s.schedule.tiles.empty()) return std::nullopt;
    Node list = Node::make_list();
    for (const TileRule& rule : s.schedule.tiles) list.items.push_back(write_tile_rule(rule));
    return list;
  };
  auto& order =
      t.add({"loop_order", "text", "", "auto", "auto | an order of b, g, n, m",
             "order in which tile ids count (batch, group, output channels, output rows); auto: the faster rehearsed",
             false});
  order.read = [](RunSpec& s, const Node& n, const std::string& name, Diagnostics& d) {
    if (auto v = read_loop_order(n, name, d)) s.schedule.loop_order = *v;
  };
  order.write = [](const RunSpec& s) { return Node::make_scalar(s.schedule.loop_order); };
  t.choice<scheduler::CoreSplit>(
      "core_split", scheduler::CoreSplit::none,
      {{"none", scheduler::CoreSplit::none}, {"n", scheduler::CoreSplit::n}, {"m", scheduler::CoreSplit::m}},
      "how tiles are dealt to cores where the policy does not care: by output channels, by rows, or as the tiling "
      "finds best",
      TESSERA_FIELD(schedule.core_split));
}

void add_schedule(RunTable& t) {
  for (std::size_t i = 0; i < kOperands.size(); ++i) {
    t.integer(
        fmt::format("buffers.{}", kOperands[i]), 2, Range::between(1, 64),
        fmt::format("slots that each core's {} region is cut into at most; 2: double buffering", kOperands[i]),
        [i](auto& s) -> auto& { return s.schedule.buffers[i]; });
  }
  for (std::size_t i = 0; i < kOperands.size(); ++i) {
    t.integer(
        fmt::format("slots.{}", kOperands[i]), 0, Range::between(0, 64),
        fmt::format("held number of slots of the {0} region, buffers.{0} at most; 0: as the tiling finds best",
                    kOperands[i]),
        [i](auto& s) -> auto& { return s.schedule.held_slots[i]; });
  }
  t.integer("dma.split", 1, Range::between(1, 64), "parts into which a load or store is cut, one channel each",
            TESSERA_FIELD(schedule.dma_split));
  t.choice<scheduler::ChannelBinding>(
      "dma.binding", scheduler::ChannelBinding::dynamically,
      {{"dynamic", scheduler::ChannelBinding::dynamically},
       {"static", scheduler::ChannelBinding::statically},
       {"per_core", scheduler::ChannelBinding::per_core}},
      "the policy's channel or the one with the fewest bytes waiting; or one by operand, of all channels or of the "
      "core's own: an even share, in order",
      TESSERA_FIELD(schedule.binding));
  for (std::size_t i = 0; i < kOperands.size(); ++i) {
    t.integer(
        fmt::format("dma.static_channel.{}", kOperands[i]), 0, Range::between(0, 63),
        fmt::format("channel of {} transfers (dma.binding: static; per_core: of the core's own)", kOperands[i]),
        [i](auto& s) -> auto& { return s.schedule.static_channel[i]; });
  }
  add_tiles(t);
}

void add_option(RunTable& t, const scheduler::PolicyEntry& policy, const scheduler::PolicyOption& option) {
  const std::string path = fmt::format("scheduler.{}", option.key);
  const std::string text = fmt::format("{} (policy: {})", option.text, policy.name);
  if (option.holds_text()) {
    const auto field = [key = std::string(option.key)](RunSpec& s) -> std::string& {
      auto& value = s.schedule.policy.options[key];
      return std::holds_alternative<std::string>(value) ? std::get<std::string>(value) : value.emplace<std::string>();
    };
    auto& p = t.text(path, "", text, field).default_follows("none").written_if([&option](const RunSpec& s) {
      return option.is_set(s.schedule.policy);
    });
    if (option.kind == scheduler::PolicyOption::Kind::file) p.info.kind = "file";
    return;
  }
  // Reading the table gives every number its default, so a run that is written has them all.
  const auto field = [key = std::string(option.key)](RunSpec& s) -> std::int64_t& {
    return std::get<std::int64_t>(s.schedule.policy.options[key]);
  };
  if (option.kind == scheduler::PolicyOption::Kind::flag) t.flag(path, option.fallback != 0, text, field);
  else if (option.kind == scheduler::PolicyOption::Kind::rate)
    t.quantity(path, base::format_quantity(option.fallback, Dimension::rate), Dimension::rate,
               Range::between(option.low, option.high), text, field);
  else t.integer(path, option.fallback, Range::between(option.low, option.high), text, field);
}

// A built-in policy by its name, or a file, which run_reader looks for.
void add_policy_name(RunTable& t) {
  std::vector<std::string> names(scheduler::policy_names().begin(), scheduler::policy_names().end());
  auto& p = t.add({"scheduler.policy", "choice or file", "", scheduler::PolicySpec::kDefault,
                   fmt::format("{} | ./libmine.so", fmt::join(names, " | ")),
                   "which ready tile goes next, to which core; a path is a plug-in (docs/policies.md)", false});
  p.read = [names](RunSpec& s, const Node& n, const std::string& name, Diagnostics& d) {
    if (n.is_scalar() && scheduler::PolicySpec::names_file(n.text)) s.schedule.policy.name = n.text;
    else if (const auto i = base::read_choice(n, name, names, d)) s.schedule.policy.name = names[*i];
  };
  p.write = [](const RunSpec& s) -> std::optional<Node> {
    return Node::make_scalar(s.schedule.policy.name, !s.schedule.policy.file.empty());
  };
  auto& options = t.add({"scheduler.options", "map", "", "", "",
                         "what a plug-in is given: {key: a whole number, a number, true or false, or a text}", false});
  options.default_follows("{}");
  options.read = [](RunSpec& s, const Node& n, const std::string& name, Diagnostics& d) {
    read_option_values(n, name, s.schedule.policy.file_options, d);
  };
  options.write = [](const RunSpec& s) -> std::optional<Node> {
    if (s.schedule.policy.file_options.empty()) return std::nullopt;
    return write_option_values(s.schedule.policy.file_options);
  };
  t.quantity("scheduler.time_limit", "10 s", Dimension::time,
             Range::between(1'000'000'000, std::int64_t{1'000'000} * 1'000'000'000'000),
             "wall time that one call of a plug-in may take before the run is ended",
             TESSERA_FIELD(schedule.policy.time_limit))
      .written_if([](const RunSpec& s) { return !s.schedule.policy.file.empty(); });
}

void add_requests(RunTable& t) {
  const auto listed = [](const RunSpec& s) { return s.requests.list.empty(); };
  t.integer("requests.count", 1, Range::between(1, 1'000'000), "inferences of the network",
            TESSERA_FIELD(requests.count))
      .written_if(listed);
  t.quantity("requests.interval", "0 ps", Dimension::time, Range::between(0, 1'000'000'000'000'000),
             "from one arrival to the next; 0: all at once", TESSERA_FIELD(requests.interval))
      .written_if(listed);
  t.quantity("requests.deadline", "", Dimension::time, Range::between(1, 1'000'000'000'000'000),
             "of each request, after its arrival; the run says which ended later", TESSERA_FIELD(requests.deadline))
      .default_follows("none")
      .written_if([](const RunSpec& s) { return s.requests.deadline > base::Ps{0}; });
  auto& list =
      t.add({"requests.list", "list", "", "", "",
             "instead, requests one by one: {arrival, priority, deadline}; arrivals ascend from 0 on, one that "
             "is left out is that of the request before; priority: -1000 to 1000, the higher goes first, 0 "
             "unless said; deadline: after the arrival",
             false});
  list.default_follows("[]: by count and interval");
  list.read = [](RunSpec& s, const Node& n, const std::string& name, Diagnostics& d) {
    read_request_list(n, name, s.requests.list, d);
    if (!s.requests.list.empty()) s.requests.count = std::ssize(s.requests.list);
  };
  list.write = [](const RunSpec& s) -> std::optional<Node> {
    if (s.requests.list.empty()) return std::nullopt;
    return write_request_list(s.requests.list);
  };
}

void add_policy(RunTable& t) {
  add_policy_name(t);
  for (const auto* policy : scheduler::policies())
    for (const auto& option : policy->options) add_option(t, *policy, option);
  add_requests(t);
}

void add_limits(RunTable& t) {
  t.integer("limits.tiles", 10'000'000, Range::between(1, 4'000'000'000),
            "a run with more tiles, all requests together, is refused before it is built", TESSERA_FIELD(limits.tiles));
  t.quantity("limits.memory", "", Dimension::bytes, Range::between(1 << 20, std::int64_t{1} << 50),
             "a run that would need more memory of the computer that simulates it is refused before it is built",
             TESSERA_FIELD(limits.memory))
      .default_follows("half of the computer's memory")
      .written_if([](const RunSpec& s) { return s.limits.memory != 0; });
}

void add_recording(RunTable& t) {
  std::vector<std::pair<std::string, trace::Level>> levels;
  for (const auto level :
       {trace::Level::off, trace::Level::op, trace::Level::tile, trace::Level::fold, trace::Level::burst}) {
    levels.emplace_back(trace::to_string(level), level);
  }
  t.choice<trace::Level>("trace.level", trace::Level::tile, levels,
                         "what is recorded; the makespan never depends on it", TESSERA_FIELD(trace.level));
  t.flag(
      "trace.decisions", false,
      "also record what the policy answers, what it weighed for that and what was refused, for tessera explain; with "
      "level tile or above",
      TESSERA_FIELD(trace.decisions));
  t.flag("trace.device", false, "also write device.tsr: what the machine's own trace buffer would have kept",
         TESSERA_FIELD(trace.device));
  t.integer("trace.compression", 1, Range::between(0, 19), "zstd level of the trace file; 0: none",
            TESSERA_FIELD(trace.compression));
  using arch::EngineMode;
  t.choice<EngineMode>("engine", EngineMode::run_ahead,
                       {{"run_ahead", EngineMode::run_ahead}, {"stepwise", EngineMode::stepwise}},
                       "packets simulated ahead of the kernel, or an instant at a time: same result, for checking",
                       TESSERA_FIELD(engine));
}

// "model", or a format.
std::optional<base::Precision> read_precision(const Node& node, const std::string& name, Diagnostics& problems) {
  std::vector<std::string> names{std::string(kModelPrecision)};
  for (const base::PrecisionInfo& info : base::kPrecisions) names.emplace_back(info.name);
  const auto i = base::read_choice(node, name, names, problems);
  if (!i || *i == 0) return std::nullopt;
  return static_cast<base::Precision>(*i - 1);
}

PrecisionRule read_precision_rule(const Node& node, const std::string& name, Diagnostics& problems) {
  base::MapReader map(node, name, problems);
  PrecisionRule rule;
  rule.pattern = map.text("pattern");
  rule.where = node.where();
  if (const Node* precision = map.find("precision")) {
    rule.precision = read_precision(*precision, name + ".precision", problems);
  } else {
    map.report(name + " needs a precision: model or a format such as int8");
  }
  map.finish();
  return rule;
}

Node write_precision(const PrecisionRule& rule) {
  return Node::make_scalar(std::string(rule.precision ? base::to_string(*rule.precision) : kModelPrecision));
}

void add_precision(RunTable& t) {
  std::string range(kModelPrecision);
  for (const base::PrecisionInfo& info : base::kPrecisions) range += fmt::format(" | {}", info.name);
  auto& p = t.add({"precision", "choice or list", "", "", range,
                   "format of all tensors; model: of each as the network's file has it; or a list for operators whose "
                   "name matches: {pattern (* and ?), precision}; the first match wins, the rest have the machine's",
                   false});
  p.default_follows("the machine's");
  p.read = [](RunSpec& s, const Node& n, const std::string& name, Diagnostics& d) {
    s.precision.clear();
    if (!n.is_list()) {
      s.precision.push_back({"*", read_precision(n, name, d), n.where()});
      return;
    }
    for (std::size_t i = 0; i < n.items.size(); ++i)
      s.precision.push_back(read_precision_rule(n.items[i], fmt::format("{}[{}]", name, i), d));
  };
  p.write = [](const RunSpec& s) -> std::optional<Node> {
    if (s.precision.empty()) return std::nullopt;
    if (s.precision.size() == 1 && s.precision[0].pattern == "*") return write_precision(s.precision[0]);
    Node list = Node::make_list();
    for (const PrecisionRule& rule : s.precision) {
      Node map = Node::make_map();
      base::put(map, "pattern", Node::make_scalar(rule.pattern, true));
      base::put(map, "precision", write_precision(rule));
      list.items.push_back(map);
    }
    return list;
  };
}

RunTable make_table() {
  RunTable t;
  t.text("name", "", "what results call the run", TESSERA_FIELD(name)).default_follows("the file's name");
  add_sources(t);
  add_host(t);
  add_policy(t);
  add_schedule(t);
  add_limits(t);
  add_recording(t);
  add_precision(t);
  return t;
}

}  // namespace

const RunTable& run_parameters() {
  static const RunTable table = make_table();
  return table;
}

}  // namespace tessera::sim
