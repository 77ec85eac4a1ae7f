#include "arch/dram/closed_loop.h"

#include <algorithm>
#include <functional>
#include <queue>

namespace tessera::arch {
namespace {

constexpr std::int64_t kPushesPerChannel = 4;

class ClosedLoop {
 public:
  ClosedLoop(const AccessPattern& pattern, const AddressMap& map, Channels& channels)
      : pattern_(pattern), map_(map), channels_(channels), states_(pattern.streams.size()), next_(channels.size()) {
    for (std::size_t s = 0; s < states_.size(); ++s) {
      const auto& stream = pattern.streams[s];
      states_[s].told =
          stream.serial || std::any_of(pattern.streams.begin(), pattern.streams.end(),
                                       [&](const auto& other) { return other.after == static_cast<std::int32_t>(s); });
      locate(s);
    }
  }

  LoopResult run() {
    for (DramCycle now = 0; now != kNeverCycle;) {
      const bool more = push(now);
      now = step(now, more);
    }
    // The refreshes of channels that had nothing to do at the end belong to the run too.
    for (auto& channel : channels_) channel->idle_until(result_.cycles);
    result_.bursts = pattern_.bursts();
    result_.statistics = total(channels_);
    return result_;
  }

 private:
  struct State {
    std::size_t position = 0;
    DramAddress head;
    bool told = false;                                                                 // somebody waits for its answers
    std::size_t returned = 0;                                                          // answers that are in
    std::priority_queue<DramCycle, std::vector<DramCycle>, std::greater<>> returning;  // cycles of those that are not
  };

  void locate(std::size_t s) {
    const auto& addresses = pattern_.streams[s].addresses;
    if (states_[s].position < addresses.size()) states_[s].head = map_.locate(addresses[states_[s].position]);
  }

  // When the head of the stream may be pushed as far as answers go; kNeverCycle if that is not known yet.
  [[nodiscard]] DramCycle allowed(std::size_t s) const {
    const auto& stream = pattern_.streams[s];
    const auto position = states_[s].position;
    if (position == stream.addresses.size()) return kNeverCycle;
    if (stream.serial && position > 0) return when_returned(states_[s], position);
    if (stream.after >= 0) return when_returned(states_[static_cast<std::size_t>(stream.after)], position + 1);
    return 0;
  }

  // When `count` answers are in, as far as that is known: the next return at least must come before.
  [[nodiscard]] static DramCycle when_returned(const State& state, std::size_t count) {
    if (state.returned >= count) return 0;
    return state.returning.empty() ? kNeverCycle : state.returning.top();
  }

  void take_returns(DramCycle now) {
    for (auto& state : states_) {
      for (; !state.returning.empty() && state.returning.top() <= now; state.returning.pop()) ++state.returned;
    }
  }

  // Returns whether the limit, not the channels, ended the pushing.
  bool push(DramCycle now) {
    take_returns(now);
    std::int64_t left = kPushesPerChannel * static_cast<std::int64_t>(channels_.size());
    for (std::size_t refused = 0; refused < states_.size(); turn_ = (turn_ + 1) % states_.size()) {
      const auto& stream = pattern_.streams[turn_];
      auto& state = states_[turn_];
      auto& channel = *channels_[static_cast<std::size_t>(state.head.channel)];
      if (allowed(turn_) > now || !channel.can_accept(stream.write)) {
        ++refused;
        continue;
      }
      if (left-- == 0) return true;
      refused = 0;
      channel.accept(
          {state.head.burst, state.head.bank, state.head.row, stream.write, static_cast<std::uint32_t>(turn_)}, now,
          answers_);
      next_[static_cast<std::size_t>(state.head.channel)] = -1;
      ++state.position;
      locate(turn_);
    }
    return false;
  }

  // Goes to the next cycle in which something may be pushed; kNeverCycle when all is done.
  DramCycle step(DramCycle now, bool more) {
    take_answers();
    DramCycle target = more ? now + 1 : kNeverCycle;
    for (std::size_t c = 0; c < channels_.size(); ++c) {
      if (next_[c] < 0) next_[c] = channels_[c]->next();
      target = std::min(target, next_[c]);
    }
    for (std::size_t s = 0; s < states_.size(); ++s) {
      if (const auto at = allowed(s); at > now) target = std::min(target, at);
    }
    if (target == kNeverCycle) return target;
    for (std::size_t c = 0; c < channels_.size(); ++c) {
      if (next_[c] > target) continue;
      channels_[c]->advance(target, answers_);
      next_[c] = -1;
    }
    take_answers();
    return target;
  }

  void take_answers() {
    const DramCycle before = result_.cycles;
    for (const auto& answer : answers_) {
      result_.cycles = std::max(result_.cycles, answer.cycle);
      if (!answer.write) {
        ++result_.reads;
        result_.read_latency += answer.cycle - answer.accepted;
      }
      auto& state = states_[answer.tag];
      if (state.told) state.returning.push(answer.cycle);
    }
    answers_.clear();
    if (result_.cycles == before) return;
    result_.moved_reads = result_.moved_writes = 0;
    for (const auto& channel : channels_) {
      result_.moved_reads += channel->statistics().reads;
      result_.moved_writes += channel->statistics().writes;
    }
  }

  const AccessPattern& pattern_;
  const AddressMap& map_;
  Channels& channels_;
  std::vector<State> states_;
  std::size_t turn_ = 0;         // the stream whose turn it is; kept from cycle to cycle
  std::vector<DramCycle> next_;  // of each channel; -1: ask again
  std::vector<BurstAnswer> answers_;
  LoopResult result_;
};

}  // namespace

LoopResult run_closed_loop(const AccessPattern& pattern, const AddressMap& map, Channels& channels) {
  return ClosedLoop(pattern, map, channels).run();
}

ChannelStatistics total(const Channels& channels) {
  ChannelStatistics sum;
  for (const auto& channel : channels) sum += channel->statistics();
  return sum;
}

}  // namespace tessera::arch
