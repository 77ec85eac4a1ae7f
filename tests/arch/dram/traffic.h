// Random traffic for one channel: bursts of runs, conflicts, reads and writes, with pauses, pushed as room is found.
#pragma once

#include <algorithm>
#include <array>
#include <random>

#include "arch/dram/address_map.h"
#include "arch/dram/channel.h"

namespace tessera::arch {

struct Arrival {
  DramCycle cycle = 0;  // not before
  BurstRequest request;
};

inline std::vector<Arrival> random_traffic(const DramStandard& standard, unsigned seed, int bursts) {
  std::mt19937 random(seed);
  const auto below = [&](int n) { return static_cast<int>(random() % static_cast<unsigned>(n)); };
  const AddressMap map(standard, 1, standard.burst_bytes, below(2) != 0 ? BankMapping::bgi : BankMapping::rbc);
  std::vector<Arrival> list;
  DramCycle cycle = 0;
  std::int64_t address = 0;
  bool write = false;
  // Sometimes packets at a steady pace, so that the queues are neither full nor empty.
  const int packet = 1 + below(12), pace = below(2) * (1 + below(4 * packet));
  const int pause_every = 1 + below(300), write_share = below(101), rows = 1 + below(64);
  while (static_cast<int>(list.size()) < bursts) {
    if (below(pause_every) == 0)
      cycle += below(4) == 0 ? below(3 * static_cast<int>(standard.timings.refresh_interval)) : below(200);
    if (pace > 0 && static_cast<int>(list.size()) % packet == 0) cycle += pace;
    if (below(4) == 0) write = below(100) < write_share;
    if (below(6) == 0)
      address = static_cast<std::int64_t>(below(rows * standard.banks())) * standard.row_bytes +
                below(8) * standard.burst_bytes;
    const auto where = map.locate(address);
    list.push_back({cycle, {where.burst, where.bank, where.row, write, static_cast<std::uint32_t>(list.size())}});
    address += standard.burst_bytes;
  }
  return list;
}

// Feeds the traffic in order, one line: the head waits until the channel has room. Returns the answers in the order in
// which the channel gave them.
inline std::vector<BurstAnswer> feed(Channel& channel, const std::vector<Arrival>& traffic) {
  std::vector<BurstAnswer> answers;
  DramCycle now = 0;
  for (const auto& arrival : traffic) {
    if (arrival.cycle > now) {
      channel.advance(arrival.cycle, answers);
      now = arrival.cycle;
    }
    while (!channel.can_accept(arrival.request.write)) {
      now = channel.next();
      channel.advance(now, answers);
    }
    channel.accept(arrival.request, now, answers);
  }
  while ((now = channel.next()) != kNeverCycle) channel.advance(now, answers);
  return answers;
}

// The same with a line for reads and one for writes, as a memory has them: one may pass where the other waits.
inline std::vector<BurstAnswer> feed_two_lines(Channel& channel, const std::vector<Arrival>& traffic) {
  std::vector<BurstAnswer> answers;
  std::array<std::vector<Arrival>, 2> lines;
  for (const auto& arrival : traffic) lines[arrival.request.write].push_back(arrival);
  std::array<std::size_t, 2> heads{};
  for (DramCycle now = 0;;) {
    DramCycle arrival = kNeverCycle;
    for (const bool write : {false, true}) {
      auto& head = heads[write];
      while (head < lines[write].size() && lines[write][head].cycle <= now && channel.can_accept(write)) {
        channel.accept(lines[write][head++].request, now, answers);
      }
      if (head < lines[write].size() && lines[write][head].cycle > now)
        arrival = std::min(arrival, lines[write][head].cycle);
    }
    now = std::min(arrival, channel.next());
    if (now == kNeverCycle) return answers;
    channel.advance(now, answers);
  }
}

}  // namespace tessera::arch
