#include "trace/file/run_facts.h"

#include <gtest/gtest.h>

#include <set>

namespace tessera::trace {
namespace {

// Every member with a value of its own.
RunFacts distinct_facts() {
  return {"a network", "a machine", "a policy", "a score", 101, 102, 103, 104, 105, 106, 107,
          108,         109,         110,        111,       112, 113, 114, 115, 116, 117, 118};
}

TEST(RunFacts, ComeBackFromTheFilesForm) {
  TraceHeader header;
  Trailer trailer;
  header.meta = meta_of(distinct_facts(), FactPlace::head);
  trailer.meta = meta_of(distinct_facts(), FactPlace::trailer);
  EXPECT_EQ(facts_of(header, &trailer), distinct_facts());
  EXPECT_EQ(header.meta.at("macs_per_1000_cycles"), "103");
  EXPECT_EQ(trailer.meta.at("wasted_bytes"), "115");
}

TEST(RunFacts, EachMemberHasOneKey) {
  std::set<std::string> values;
  for (const FactPlace place : {FactPlace::head, FactPlace::trailer})
    for (const auto& [key, value] : meta_of(distinct_facts(), place))
      EXPECT_TRUE(values.insert(value).second) << key << " says what another key says";
  EXPECT_EQ(values.size(), 22u);
  EXPECT_EQ(kFactKeys.size(), 22u);
}

TEST(RunFacts, WhatIsMissingIsNotKnown) {
  TraceHeader header;
  header.meta = {{"macs", "7"}, {"array_clock_den", "0"}, {"a key of tomorrow", "1"}};
  const RunFacts facts = facts_of(header, nullptr);
  EXPECT_EQ(facts.macs, 7);
  EXPECT_EQ(facts.clock_den, 1) << "never a divisor of zero";
  EXPECT_EQ(facts.macs_per_1000_cycles, 0);
  EXPECT_EQ(facts.wasted_bytes, -1);
}

}  // namespace
}  // namespace tessera::trace
