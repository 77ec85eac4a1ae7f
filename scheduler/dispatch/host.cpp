// Tasks of the host (docs/semantics.md 16.3 to 16.5): one after the other, each as soon as all that it reads is stored.
// No policy asks for them, and no scheduler decides on them.
#include "scheduler/dispatch/dispatcher_state.h"

namespace tessera::scheduler {

using trace::Link;

void Dispatcher::State::queue_on_host(TileId tile) {
  ++in_flight_;
  tiles_[tile].phase = Phase::dispatched;  // for a policy it is none that it could ask for
  host_.waiting.push_back(tile);
  start_host();
}

void Dispatcher::State::start_host() {
  if (host_.running != kNoId || host_.waiting.empty()) return;
  const TileId tile = host_.running = host_.waiting.front();
  host_.waiting.pop_front();
  host_.started = now_;
  host_.cause = latest({tiles_[tile].ready, host_.last});
  tiles_[tile].phase = Phase::running;
  OperatorState& op = operator_state(graph_.tiles[tile].request, graph_.tiles[tile].op);
  op.first = now_;
  inbox_.push({now_ + graph_.host_task(tile).time, lanes_.host(), tile, Event::Kind::host_done, tile, 0, base::Ps{0},
               base::Ps{0}});
}

void Dispatcher::State::host_done(TileId tile) {
  const std::uint64_t record = recorder_.host_task({host_.started, now_, host_.cause}, tile);
  host_.running = kNoId;
  host_.last = {now_, record, Link::host};
  group_done(graph_.tiles[tile].group, record);
  if (run == RunState::running) start_host();
}

}  // namespace tessera::scheduler
