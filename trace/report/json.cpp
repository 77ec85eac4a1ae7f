#include <nlohmann/json.hpp>

#include "trace/report/text.h"

namespace tessera::trace {
namespace {

using Json = nlohmann::ordered_json;

Json value(const Ratio& r) { return r ? Json(*r) : Json(nullptr); }
Json value(const std::optional<Ps>& p) { return p ? Json(p->count()) : Json(nullptr); }

Json as_json(const Latency& l) {
  return {{"samples", l.samples},   {"mean_ps", value(l.mean)}, {"p50_ps", value(l.p50)},
          {"p90_ps", value(l.p90)}, {"p99_ps", value(l.p99)},   {"max_ps", value(l.max)}};
}

Json as_json(const UnitTime& t, Ps window) {
  Json stalls = Json::object();
  for (std::size_t r = 1; r < kReasonCount; ++r) {
    if (static_cast<Reason>(r) != Reason::no_work)
      stalls[std::string(to_string(static_cast<Reason>(r)))] = t.stall[r].count();
  }
  return {{"window_ps", window.count()},
          {"busy_ps", t.busy.count()},
          {"no_work_ps", t.stall[static_cast<std::size_t>(Reason::no_work)].count()},
          {"stall_ps", stalls}};
}

Json as_json(const CoreMeasures& c, Ps window) {
  Json out = {{"name", c.name}};
  out.update(as_json(c.array, window));
  out["vector_unit"] = as_json(c.vector, window);
  out["macs"] = c.macs;
  out["pe_time_utilization"] = value(c.time_utilization);
  out["pe_mac_utilization"] = value(c.mac_utilization);
  out["pe_time_utilization_requested"] = value(c.time_utilization_requested);
  out["pe_mac_utilization_requested"] = value(c.mac_utilization_requested);
  out["compute_ps"] = c.compute.count();
  out["transfer_ps"] = c.transfer.count();
  out["hidden_ps"] = c.hidden.count();
  out["overlap_ratio"] = value(c.overlap_ratio);
  out["hidden_transfer_ratio"] = value(c.hidden_transfer);
  out["exposed_transfer_ratio"] = value(c.exposed_transfer);
  out["tile_gap"] = as_json(c.tile_gap);
  return out;
}

Json as_json(const ChannelMeasures& c) {
  return {{"name", c.name},
          {"read_bytes", c.read_bytes},
          {"write_bytes", c.write_bytes},
          {"transfers", c.transfers},
          {"active_ps", c.active.count()},
          {"bytes_per_second", value(c.bytes_per_second)},
          {"bandwidth_utilization", value(c.utilization)},
          {"wait_channel_ps", c.waits[0].count()},
          {"wait_noc_ps", c.waits[1].count()},
          {"wait_dram_ps", c.waits[2].count()},
          {"wait_port_ps", c.waits[3].count()}};
}

Json as_json(const OperatorMeasures& o) {
  return {{"operator", o.op},
          {"name", o.name},
          {"type", o.type},
          {"active_ps", o.active.count()},
          {"first_ps", o.first.count()},
          {"last_ps", o.last.count()},
          {"array_busy_ps", o.array_busy.count()},
          {"vector_busy_ps", o.vector_busy.count()},
          {"macs", o.macs},
          {"read_bytes", o.read_bytes},
          {"write_bytes", o.write_bytes},
          {"tiles", o.tiles}};
}

Json as_json(const CriticalPath& p) {
  Json parts = Json::object(), links = Json::object(), steps = Json::array();
  for (std::size_t i = 0; i < kPathParts; ++i)
    parts[std::string(to_string(static_cast<PathPart>(i)))] = p.length[i].count();
  for (std::size_t i = 1; i < p.links.size(); ++i) links[std::string(to_string(static_cast<Link>(i)))] = p.links[i];
  for (const PathStep& s : p.steps) {
    steps.push_back({{"begin_ps", s.begin.count()},
                     {"end_ps", s.end.count()},
                     {"part", to_string(s.part)},
                     {"record", s.record},
                     {"tile", s.tile == kNoTile ? Json(nullptr) : Json(s.tile)},
                     {"operator", s.op == kNoOperator ? Json(nullptr) : Json(s.op)}});
  }
  return {{"makespan_ps", p.makespan.count()},
          {"parts_ps", parts},
          {"links", links},
          {"steps", steps},
          {"problems", p.problems}};
}

}  // namespace

std::string report_json(const MeasuresResult& m, const CriticalPath* path) {
  Json out = {{"window_ps", m.window.count()},
              {"no_request_ps", m.no_request.count()},
              {"records", m.records},
              {"macs", m.macs},
              {"pe_time_utilization", value(m.time_utilization)},
              {"pe_mac_utilization", value(m.mac_utilization)},
              {"overlap_ratio", value(m.overlap_ratio)},
              {"hidden_transfer_ratio", value(m.hidden_transfer)},
              {"exposed_transfer_ratio", value(m.exposed_transfer)},
              {"any_overlap_ratio", value(m.any_overlap_ratio)},
              {"read_bytes", m.read_bytes},
              {"write_bytes", m.write_bytes},
              {"dma_bytes_per_second", value(m.dma_bytes_per_second)},
              {"dma_bandwidth_utilization", value(m.dma_utilization)}};
  out["wasted_bytes"] = m.wasted_bytes ? Json(*m.wasted_bytes) : Json(nullptr);
  out["load_to_compute"] = as_json(m.load_to_compute);
  out["compute_to_writeback"] = as_json(m.compute_to_writeback);
  out["request_latency"] = as_json(m.request_latency);
  out["requests_per_second"] = value(m.requests_per_second);
  out["cores"] = Json::array();
  for (const CoreMeasures& c : m.cores) out["cores"].push_back(as_json(c, m.window));
  out["double_buffering"] = Json::object();
  for (std::size_t o = 0; o < 3; ++o) {
    const OperandMeasures& b = m.operands[o];
    out["double_buffering"][std::string(to_string(static_cast<Operand>(o)))] = {
        {"effectiveness", value(b.effectiveness)},
        {"verdict", b.verdict ? Json(to_string(*b.verdict)) : Json(nullptr)}};
  }
  out["channels"] = Json::array();
  for (const ChannelMeasures& c : m.channels) out["channels"].push_back(as_json(c));
  out["operators"] = Json::array();
  for (const OperatorMeasures& o : m.operators) out["operators"].push_back(as_json(o));
  out["critical_path"] = path != nullptr ? as_json(*path) : Json(nullptr);
  return out.dump(2);
}

}  // namespace tessera::trace
