// The rules that importers of Perfetto files break on silently, checked on the file itself: one sequence, state cleared
// once, every name interned before its use, ends that match begins on their track, times that ascend per track, arrows
// from a producer that came first, tracks and counters described before their events.
#pragma once

#include <gtest/gtest.h>

#include <map>
#include <set>
#include <string>
#include <vector>

#include "perfetto.pb.h"

namespace tessera::trace::test {

struct PerfettoCounts {
  std::size_t begins = 0, instants = 0, flows = 0, counters = 0;
};

// Fails the test that calls it.
inline void check_perfetto_rules(const std::string& bytes, PerfettoCounts& counts) {
  using perfetto::TrackEvent;
  perfetto::Trace trace;
  ASSERT_TRUE(trace.ParseFromString(bytes));
  std::map<std::uint64_t, std::vector<std::uint64_t>> open;  // begin times, by track
  std::map<std::uint64_t, std::uint64_t> last_time;          // by track
  std::set<std::uint64_t> described, counters, names, categories, keys, values, begun_flows, ended_flows;
  std::size_t ends = 0, index = 0;
  for (const auto& p : trace.packet()) {
    ASSERT_EQ(p.trusted_packet_sequence_id(), 1u);
    ASSERT_EQ(p.sequence_flags(), index == 0 ? 3u : 2u);
    ASSERT_EQ(p.first_packet_on_sequence(), index == 0);
    ++index;
    for (const auto& e : p.interned_data().event_names()) ASSERT_TRUE(names.insert(e.iid()).second);
    for (const auto& e : p.interned_data().event_categories()) ASSERT_TRUE(categories.insert(e.iid()).second);
    for (const auto& e : p.interned_data().debug_annotation_names()) ASSERT_TRUE(keys.insert(e.iid()).second);
    for (const auto& e : p.interned_data().debug_annotation_string_values()) ASSERT_TRUE(values.insert(e.iid()).second);
    if (p.has_track_descriptor()) {
      const auto& d = p.track_descriptor();
      ASSERT_TRUE(described.insert(d.uuid()).second);
      if (d.uuid() != 1) {
        EXPECT_EQ(d.sibling_merge_behavior(), 2u);
        EXPECT_TRUE(described.count(d.parent_uuid())) << d.name();
      }
      if (d.has_counter()) counters.insert(d.uuid());
      continue;
    }
    ASSERT_TRUE(p.has_track_event());
    const auto& e = p.track_event();
    ASSERT_TRUE(described.count(e.track_uuid()));
    ASSERT_GE(p.timestamp(), last_time[e.track_uuid()]);
    last_time[e.track_uuid()] = p.timestamp();
    ASSERT_EQ(counters.count(e.track_uuid()) == 1, e.type() == TrackEvent::TYPE_COUNTER);
    if (e.type() == TrackEvent::TYPE_SLICE_BEGIN || e.type() == TrackEvent::TYPE_INSTANT) {
      ASSERT_TRUE(names.count(e.name_iid()));
      for (const auto c : e.category_iids()) ASSERT_TRUE(categories.count(c));
      for (const auto& a : e.debug_annotations()) {
        ASSERT_TRUE(keys.count(a.name_iid()));
        const bool text = a.value_case() == perfetto::DebugAnnotation::kStringValueIid;
        ASSERT_TRUE(!text || values.count(a.string_value_iid()));
      }
      for (const auto f : e.flow_ids()) ASSERT_TRUE(begun_flows.insert(f).second);
      for (const auto f : e.terminating_flow_ids()) {
        ASSERT_TRUE(begun_flows.count(f));  // the producer came first
        ASSERT_TRUE(ended_flows.insert(f).second);
      }
    }
    if (e.type() == TrackEvent::TYPE_INSTANT) ++counts.instants;
    if (e.type() == TrackEvent::TYPE_SLICE_BEGIN) {
      ++counts.begins;
      open[e.track_uuid()].push_back(p.timestamp());
    } else if (e.type() == TrackEvent::TYPE_SLICE_END) {
      ++ends;
      ASSERT_FALSE(open[e.track_uuid()].empty()) << "an end without a begin";
      ASSERT_LE(open[e.track_uuid()].back(), p.timestamp());
      open[e.track_uuid()].pop_back();
    }
  }
  for (const auto& [track, list] : open) EXPECT_TRUE(list.empty()) << "no end on track " << track;
  EXPECT_EQ(counts.begins, ends);
  EXPECT_EQ(begun_flows, ended_flows);
  counts.flows = begun_flows.size();
  counts.counters = counters.size();
}

}  // namespace tessera::trace::test
