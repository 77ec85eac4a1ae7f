// What is told of a decision: what was weighed, what each choice would have waited for, what was refused before.
#include "trace/explain/choice.h"

#include <gmock/gmock.h>

#include <nlohmann/json.hpp>

#include "tests/trace/explain/told.h"
#include "trace/explain/choice_words.h"
#include "trace/explain/documents.h"
#include "trace/explain/operator_waits.h"
#include "trace/explain/screens.h"

namespace tessera::trace::test {
namespace {

using base::Ps;
using nlohmann::json;
using testing::HasSubstr;
using testing::Not;

// Says what it weighed.
class Weighing : public Scripted {
 public:
  using Scripted::Scripted;
  [[nodiscard]] std::span<const scheduler::Candidate> candidates() const override { return list; }
  std::vector<scheduler::Candidate> list;
};

// At 0 it asks for a tile that is not ready, and then for a prefetch; at 10 it takes tile 1 before tile 0, whose score
// is lower, and at 20 tile 0. Two cores. Tiles 0 and 1 read the same 8192 B and the same weights of 8192 B.
struct Refused {
  Weighing policy{[this](const View& v) -> Action { return decide(v); }};
  int asked = 0;
  Told told;

  static Scenario two_cores() {
    Scenario s = chain(2, 2);
    s.npu.cores = 2;
    s.graph.set_arrivals({Ps{0}});
    return s;
  }
  Refused() : told(two_cores(), policy) {}

  Action decide(const View& v) {
    policy.list.clear();
    switch (++asked) {
      case 1: return Dispatch{2, 0};
      case 2: return Prefetch{2, 1, 1};
      case 3: policy.list = {{0, 0, 100}, {1, 0, 300}, {1, 1, 200}}; return Dispatch{1, 0};
      case 4: policy.list = {{0, 0, 50}, {0, 1, 70}}; return Dispatch{0, 0};
      default: return first_legal(v);
    }
  }
};

TEST(ExplainChoice, ShowsWhatWasWeighedAndWhatWouldHaveBeenWaitedFor) {
  Refused run;
  const Story& story = *run.told.story;
  const Event& first = run.told.decision(1);
  EXPECT_EQ(first.record.start, Ps{10'000}) << "behind the prefetch";
  Choice c = choice_of(story, first);
  ASSERT_NE(c.answer, nullptr);
  ASSERT_EQ(c.weighed.size(), 3U);
  EXPECT_TRUE(c.weighed[0].taken);
  EXPECT_EQ(c.weighed[0].record->record.score(), 300);
  EXPECT_EQ(c.weighed[0].missing[0], 8192);
  EXPECT_EQ(c.weighed[0].missing[1], 8192);
  // The prefetch's load is queued when the policy has been asked. 16384 B at 10 ps a byte.
  EXPECT_EQ(c.answer->record.backlog(), 0);
  ASSERT_TRUE(c.weighed[0].data_in.has_value());
  EXPECT_EQ(*c.weighed[0].data_in, Ps{163'840});
  EXPECT_EQ(
      words_of(story, c.weighed[0], first),
      "tile 1 (conv0) on core[0], score 300 (missing bytes): 8 KiB of input to load, 8 KiB of weights to load, its "
      "unit free; its data takes at least 163.84 ns (163.8 cycles); taken");
  EXPECT_EQ(
      words_of(story, c.weighed[1], first),
      "tile 0 (conv0) on core[0], score 100 (missing bytes): 8 KiB of input to load, 8 KiB of weights to load, its "
      "unit free; its data takes at least 163.84 ns (163.8 cycles); went to core[0] 10 ns (10 cycles) later");
  ASSERT_NE(passed_over(c), nullptr);
  EXPECT_EQ(passed_over(c)->record->record.tile, 0U);
  EXPECT_THAT(waits_of(story, 0, 8).unusual[0].text,
              HasSubstr("was taken with score 300, before tile 0 on core[0] with score 100"));

  // At 20 the first tile's loads have been queued, and both operands serve tile 0 too.
  const Event& second = run.told.decision(0);
  EXPECT_EQ(second.record.start, Ps{20'000});
  c = choice_of(story, second);
  ASSERT_EQ(c.weighed.size(), 2U);
  EXPECT_EQ(
      words_of(story, c.weighed[0], second),
      "tile 0 (conv0) on core[0], score 50 (missing bytes): its input on the way, its weights on the way, its unit "
      "busy for 400 ns (400 cycles) with 1 more in its queue; taken");
  EXPECT_EQ(passed_over(c), nullptr);
  // On the other core all of it would have come behind the prefetch, of which two packets of 256 B had been sent for.
  EXPECT_EQ(c.answer->record.backlog(), 7680);
  ASSERT_TRUE(c.weighed[1].data_in.has_value());
  EXPECT_EQ(*c.weighed[1].data_in, Ps{240'640});
}

TEST(ExplainChoice, WhatWasRefusedBeforeIsToldWithItsReason) {
  Refused run;
  const Story& story = *run.told.story;
  const Event* prefetch = nullptr;
  for (const Event& e : story.events())
    if (e.record.name == Name::prefetch) prefetch = &e;
  ASSERT_NE(prefetch, nullptr);
  const Choice c = choice_of(story, *prefetch);
  ASSERT_NE(c.answer, nullptr);
  EXPECT_EQ(answer_words(story, *c.answer), "Prefetch of the weight of tile 2 (conv1) to core[1]");
  ASSERT_EQ(c.before.size(), 1U);
  EXPECT_EQ(answer_words(story, *c.before[0]),
            "Dispatch of tile 2 (conv1) to core[0], refused: the tile is not ready: an edge of the tile graph, its "
            "request or the slice before is open");
  EXPECT_TRUE(choice_of(story, run.told.decision(1)).before.empty()) << "that was for the prefetch";
  const std::string page = tile_text(story, 2, 80);
  EXPECT_THAT(page, HasSubstr("refused: at 0 ns (cycle 0) Dispatch of tile 2"));
  const OperatorWaits w = waits_of(story, 1, 8);
  EXPECT_GE(w.unusual_count, 1U);
  EXPECT_THAT(w.unusual[0].text, HasSubstr("Dispatch of tile 2 (conv1) to core[0] was refused at 0 ns"));
}

TEST(ExplainChoice, WaitsBeforeADecisionAreTold) {
  Scenario s = chain(1, 1);
  s.graph.set_arrivals({Ps{0}, Ps{5'000'000}});
  const Told told(s, [](const View& v) { return v.now() < Ps{50'000} ? Action{Wait{Ps{50'000}}} : first_legal(v); });
  const Choice c = choice_of(*told.story, told.decision(0));
  ASSERT_EQ(c.before.size(), 1U);
  EXPECT_EQ(answer_words(*told.story, *c.before[0]), "Wait until 50 ns (cycle 50)");
}

TEST(ExplainChoice, NumbersThatNameNothingAreToldAsTheyWereGiven) {
  int asked = 0;
  const Told told(chain(1, 1), [&](const View& v) -> Action {
    switch (++asked) {
      case 1: return Dispatch{99, 0};
      case 2: return Dispatch{0, 7};
      default: return first_legal(v);
    }
  });
  const Choice c = choice_of(*told.story, told.decision(0));
  ASSERT_EQ(c.before.size(), 2U);
  EXPECT_EQ(answer_words(*told.story, *c.before[0]), "Dispatch of tile 99 to core[0], refused: there is no such tile");
  EXPECT_EQ(answer_words(*told.story, *c.before[1]),
            "Dispatch of tile 0 (conv0) to core[7], refused: there is no such core");
}

TEST(ExplainChoice, ATraceWithoutAnswersSaysHowToGetThem) {
  Told told(chain(1, 1), first_legal);
  RunFacts facts;
  told.head.meta = meta_of(facts, FactPlace::head);
  Story story(told.head, told.tiles, &told.end);
  for (const auto& i : told.outcome.records)
    if (!is_of_policy(i.record.name)) story.consume(std::span(&i.record, 1), i.id);
  story.finish(told.outcome.makespan);
  EXPECT_THAT(tile_text(story, 0, 200), HasSubstr("--set trace.decisions=true"));
  EXPECT_THAT(operator_text(story, 0, 200), HasSubstr("--set trace.decisions=true"));
  EXPECT_EQ(json::parse(tile_json(story, "f", 0)).at("answers_recorded"), false);
}

TEST(ExplainChoice, TheDocumentSaysTheSame) {
  Refused run;
  const json d = json::parse(tile_json(*run.told.story, "out/trace.tsr", 1));
  EXPECT_EQ(d.at("tile"), 1);
  EXPECT_EQ(d.at("name"), "conv0");
  EXPECT_EQ(d.at("ready_ps"), 0);
  EXPECT_EQ(d.at("decided_ps"), 10'000);
  EXPECT_EQ(d.at("score"), "missing bytes");
  const json& c = d.at("decision").at("candidates");
  ASSERT_EQ(c.size(), 3U);
  EXPECT_EQ(c[0].at("taken"), true);
  EXPECT_EQ(c[0].at("input"), "absent");
  EXPECT_EQ(c[0].at("missing_weight_bytes"), 8192);
  EXPECT_EQ(c[2].at("core"), 1);
  EXPECT_EQ(c[2].at("decided_core"), 0);
  const json other = json::parse(tile_json(*run.told.story, "f", 2));
  EXPECT_EQ(other.at("refused").at(0).at("refusal"), "not_ready");
}

}  // namespace
}  // namespace tessera::trace::test
