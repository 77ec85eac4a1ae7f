// Arrivals, operators and requests.
#include <algorithm>

#include "trace/analysis/check_state.h"

namespace tessera::trace {
namespace {

void judge_arrival(CheckState& s, const SpanView& v) {
  const Record& r = v.record;
  if (r.request != s.arrivals.size() || (!s.arrived.empty() && r.start < s.arrived.back()))
    return s.wrong(Invariant::arrivals, v.id, r, "requests arrive once, in their order");
  if (!s.runs.empty() && r.request > s.runs.back().request)
    return s.wrong(Invariant::arrivals, v.id, r, "its request has no tiles");
  if (s.arrivals.empty() && r.start != Ps{0}) s.wrong(Invariant::arrivals, v.id, r, "time 0 is the first arrival");
  s.arrivals.push_back(v.id);
  s.arrived.push_back(r.start);
  s.request_recorded.push_back(false);
  s.request_end.push_back(r.start);  // where its network has nothing to run
}

void judge_request(CheckState& s, const SpanView& v) {
  const Record& r = v.record;
  if (r.request >= s.arrivals.size() || s.request_recorded[r.request])
    return s.wrong(Invariant::requests, v.id, r, "its request has not arrived, or has ended before");
  s.request_recorded[r.request] = true;
  if (r.start != s.arrived[r.request])
    s.wrong(Invariant::requests, v.id, r, "it arrived at " + text(s.arrived[r.request]));
  if (s.scene.lossless && r.end != s.request_end[r.request])
    s.wrong(Invariant::requests, v.id, r, "its last operator ended at " + text(s.request_end[r.request]));
  if (s.scene.whole() && r.end != s.last_store)
    s.wrong(Invariant::requests, v.id, r, "its last store ended at " + text(s.last_store));
}

void judge_operator(CheckState& s, const SpanView& v) {
  const Record& r = v.record;
  if (r.request >= s.arrivals.size() || r.start < s.arrived[r.request]) {
    if (s.scene.lossless) s.wrong(Invariant::operators, v.id, r, "its request has not arrived then");
  } else {
    s.request_end[r.request] = std::max(s.request_end[r.request], r.end);
  }
  OperatorRun* run = s.run_of(r.request, r.op);
  if (run == nullptr) {
    if (!s.runs.empty()) s.wrong(Invariant::operators, v.id, r, "its request has no tiles of that operator");
    return;
  }
  if (run->recorded) s.wrong(Invariant::operators, v.id, r, "it was recorded before");
  run->recorded = true;
  if (s.scene.whole() && (r.start != run->from || r.end != run->to))
    s.wrong(Invariant::operators, v.id, r, "its tiles span from " + text(run->from) + " to " + text(run->to));
}

void judge_counter(CheckState& s, const SpanView& v) {
  const Record& r = v.record;
  LaneSeen& lane = s.lanes[r.unit];
  if (r.start <= lane.sampled || r.value() < 0)
    s.wrong(Invariant::counters, v.id, r, "its samples do not ascend in time");
  lane.sampled = r.start;
  lane.value = r.value();
}

}  // namespace

void judge_host(CheckState& s, const SpanView& v) {
  switch (v.record.name) {
    case Name::arrival: return judge_arrival(s, v);
    case Name::request: return judge_request(s, v);
    case Name::op: return judge_operator(s, v);
    case Name::counter: return judge_counter(s, v);
    default: break;
  }
  const Record& r = v.record;
  if (r.name == Name::decision && s.scene.lossless && r.request >= s.arrivals.size())
    s.wrong(Invariant::arrivals, v.id, r, "its request has not arrived");
}

void finish_host(CheckState& s) {
  if (!s.scene.clean || !s.scene.lossless) return;
  for (std::size_t i = 0; i < s.request_recorded.size() && !s.judgement.enough(); ++i) {
    if (!s.request_recorded[i]) s.violated(Invariant::requests, "request " + std::to_string(i) + " has no span");
  }
  if (s.scene.table && s.arrivals.size() != s.runs.back().request + 1u)
    s.violated(Invariant::arrivals, std::to_string(s.arrivals.size()) + " requests arrived, the tile table has " +
                                        std::to_string(s.runs.back().request + 1u));
  for (const OperatorRun& run : s.runs) {
    if (s.judgement.enough()) return;
    if (!run.recorded)
      s.violated(Invariant::operators,
                 "operator " + std::to_string(run.op) + " of request " + std::to_string(run.request) + " has no span");
  }
  for (std::size_t u = 0; u < s.lanes.size(); ++u) {
    if (s.lanes[u].value != 0)
      s.violated(Invariant::counters, s.scene.header.units[u].path + " ends at " + std::to_string(s.lanes[u].value));
  }
}

}  // namespace tessera::trace
