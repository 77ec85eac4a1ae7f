// Policies in Python: one decides as its twin in C++ does, and whatever one does wrong is said with the line of it.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <fstream>

#include "scheduler/plugin/open_policy.h"
#include "scheduler/plugin/plugin_library.h"
#include "sim/config/run_reader.h"
#include "tests/scheduler/plugin/plugin_files.h"
#include "tests/scheduler/support/run_checks.h"
#include "tests/support/temp_folder.h"

namespace tessera::scheduler::testing {
namespace {

using ::testing::AllOf;
using ::testing::HasSubstr;
using ::testing::MatchesRegex;
using ::testing::Not;

// The first line of every file; what a test writes begins at line 2.
constexpr const char* kImport = "import tessera; from tessera import *\n";
// Does right: the first legal Dispatch.
constexpr const char* kRight =
    "class Right(Policy):\n"
    "  name = 'right'\n"
    "  def decide(self, view):\n"
    "    return next(iter(view.dispatches(1)), Wait())\n";

class PythonPolicy : public ::testing::Test {
 protected:
  PolicySpec spec_of(const std::string& text) {
    std::ofstream(file_, std::ios::trunc) << kImport << text;
    PolicySpec spec;
    spec.file = file_;
    return spec;
  }
  // Why it cannot be loaded or made.
  std::string refusal(const std::string& text, const OptionValues& options = {}) {
    PolicySpec spec = spec_of(text);
    spec.file_options = options;
    const auto policy = open_policy(spec);
    return policy ? "" : policy.problems().to_string();
  }
  Outcome run(const std::string& text) { return run(spec_of(text)); }
  static Outcome run(const PolicySpec& spec) {
    const auto policy = open_policy(spec);
    EXPECT_TRUE(policy) << (policy ? "" : policy.problems().to_string());
    return policy ? run_checked(small_scenario(), **policy, {}) : Outcome{};
  }
  // Of a policy whose decide() is `body`, at line 3.
  std::string failure(const std::string& body) {
    return failure_of("class Wrong(Policy):\n  def decide(self, view): " + body);
  }
  std::string failure_of(const std::string& text) {
    const Outcome o = run(text + "\n");
    EXPECT_EQ(o.state, RunState::failed) << text;
    return o.failure;
  }

  const Environment library_{"TESSERA_PYTHON_POLICY", TESSERA_PYTHON_LIBRARY};
  const tests::TempFolder folder_;
  const std::filesystem::path file_ = folder_ / "mine.py";
};

TEST_F(PythonPolicy, ThatDoesRightRuns) {
  const Outcome o = run(kRight);
  EXPECT_EQ(o.state, RunState::done) << o.failure;
  EXPECT_EQ(o.counts.dispatches, 12u);
}

TEST_F(PythonPolicy, SetsRatesOfChannels) {
  const Outcome o =
      run("class Caps(Policy):\n"
          "  subscriptions = (Event.decision, Event.tile_done)\n"
          "  def decide(self, view):\n"
          "    channel = view.machine.channels[0]\n"
          "    assert channel.least_cap == 4 and channel.most_cap >= 1000, channel\n"
          "    cap = Cap(0, 0 if view.cap(0) else 1000)\n"
          "    assert (cap.channel, cap.rate) == (0, 0 if view.cap(0) else 1000)\n"
          "    if view.legal(cap): return cap\n"
          "    assert view.check(cap) == Illegal.capped_before\n"
          "    return next(iter(view.dispatches(1)), Wait())\n");
  EXPECT_EQ(o.state, RunState::done) << o.failure;
  EXPECT_EQ(o.counts.dispatches, 12u);
  EXPECT_GE(o.counts.caps, 12u);
}

TEST_F(PythonPolicy, DecidesAsItsTwinInCppRecordByRecord) {
  PolicySpec in_cpp, in_python;
  in_cpp.file = TESSERA_LONGEST_FIRST;
  in_python.file = std::filesystem::path(TESSERA_SOURCE_DIR) / "examples/policy_python/longest_first.py";
  std::size_t decisions = 0;
  for (std::uint64_t seed = 1; seed <= 40; ++seed) {
    Random random(seed);
    const Scenario setup = random_scenario(random, {.host = seed % 4 == 0});
    MachineShape machine;
    machine.seed = seed;
    in_cpp.file_options["depth"] = in_python.file_options["depth"] = static_cast<std::int64_t>(1 + seed % 9);
    const auto one = open_policy(in_cpp), two = open_policy(in_python);
    ASSERT_TRUE(one && two) << (two ? "" : two.problems().to_string());
    const Outcome a = run_checked(setup, **one, machine, true), b = run_checked(setup, **two, machine, true);
    ASSERT_EQ(b.state, RunState::done) << "seed " << seed << ": " << b.failure;
    ASSERT_TRUE(same_records(a, b)) << "seed " << seed;
    decisions += a.counts.dispatches;
  }
  EXPECT_GT(decisions, 800u);
}

TEST_F(PythonPolicy, FilesThatAreNoPolicy) {
  const std::pair<const char*, const char*> files[] = {
      {"def f(:\n", "mine.py:2:7: SyntaxError: "},
      {"  x = 1\n", "mine.py:2:2: IndentationError: unexpected indent"},
      {"x = y\n", "mine.py:2: NameError: name 'y' is not defined"},
      {"def f():\n  g()\ndef g():\n  1 / 0\nf()\n",
       "mine.py:5: ZeroDivisionError: division by zero (called from line 3, 6)"},
      {"import no_such_module\n",
       "mine.py:2: ModuleNotFoundError: No module named 'no_such_module' (this is Python 3."},
      {"import sys\nsys.exit('bye')\n", "mine.py:3: it called sys.exit('bye')"},
      {"raise KeyboardInterrupt\n", "mine.py:2: KeyboardInterrupt\n"},
      {"import signal\n", "mine.py: has no policy: no class of it is derived from tessera.Policy"},
      {"", "mine.py: has no policy: no class of it is derived from tessera.Policy"},
      {"class A:\n  def decide(self, view): pass\n",
       "mine.py:2: class A has decide(), but is no tessera.Policy: write class A(tessera.Policy)"},
      {"class A(Policy):\n  def decide(self, v): pass\nclass B(Policy):\n  def decide(self, v): pass\n",
       "mine.py:4: has 2 policies, and a file is one: A (line 2), B (line 4)"},
      {"class A(Policy):\n  def begin(self, view): pass\n", "mine.py:2: class A has no decide()"},
      {"class A(Policy):\n  decide = 3\n", "mine.py:2: decide of class A is no function, but 3"},
      {"class A(Policy):\n  name = 'a b'\n  def decide(self, v): pass\n", "its name \"a b\" is not 1 to 64 letters"},
      {"class A(Policy):\n  depth = Option([4])\n", "mine.py:3: TypeError: an Option is a bool, an int, a float or a"},
      {"class A(Policy):\n  depth = Option(4, low=5)\n  def decide(self, v): pass\n",
       "option \"depth\" has a default out of its range"},
      {"class A(Policy):\n  subscriptions = (Event.arrival, 3)\n  def decide(self, v): pass\n",
       "in create: subscriptions is (<Event.arrival: 1>, 3), not a tuple of Events"},
      {"class A(Policy):\n  def __init__(self): self.x = no\n  def decide(self, v): pass\n", "policy A: in create: "},
  };
  for (const auto& [text, problem] : files) EXPECT_THAT(refusal(text), HasSubstr(problem)) << text;
  std::ofstream(folder_ / "sibling.py") << "\n\nx = [][1]\n";
  EXPECT_THAT(refusal("import sibling\n"),
              AllOf(HasSubstr("mine.py:2: "), HasSubstr("sibling.py:3: IndexError: list")));
}

// A base class, and a class that another file defines, are not another policy.
TEST_F(PythonPolicy, BasesAndImportedClassesAreNoPoliciesOfTheFile) {
  std::ofstream(folder_ / "other_policy.py") << kImport << kRight;
  EXPECT_EQ(run("from other_policy import Right\nclass A(Right): pass\nclass B(A): name = 'b'\n").state,
            RunState::done);
}

TEST_F(PythonPolicy, WhatItsHooksDoWrongIsSaidWithItsLine) {
  const std::string in = "in decide at cycle 0, where tile 0 is ready: ";
  EXPECT_THAT(failure("raise KeyError(7)"), MatchesRegex("policy Wrong: " + in + ".*mine.py:3: KeyError: 7"));
  EXPECT_THAT(failure("assert view.now_ps > 0, 'no time'"), HasSubstr(":3: AssertionError: no time"));
  EXPECT_THAT(failure("import sys; sys.exit(3)"), HasSubstr(":3: it called sys.exit(3)"));
  EXPECT_THAT(failure("return self.decide(view)"), HasSubstr(":3: RecursionError: "));
  EXPECT_THAT(failure("pass"),
              HasSubstr(":3: decide() returned None, not a Dispatch, a Prefetch, an Undispatch, a Cap or a Wait"));
  EXPECT_THAT(failure("yield Wait()"), HasSubstr("decide() returned <generator object Wrong.decide at"));
  EXPECT_THAT(failure("return Wait"), HasSubstr("decide() returned <class 'tessera.Wait'>, not a Dispatch"));
  EXPECT_THAT(failure("return view.missing_bytes(4711, 0)"),
              HasSubstr(":3: IndexError: missing_bytes was asked of tile 4711, and there are 12"));
  EXPECT_THAT(failure("view.busy_until_ps(9)"), HasSubstr(":3: IndexError: busy_until_ps was asked of core 9, and"));
  EXPECT_THAT(failure("view.evictable_slots(0, 2)"), HasSubstr("evictable_slots was asked of operand 2, and"));
  EXPECT_THAT(failure("view.ready(TileKind.host)"), HasSubstr("ready was asked of kind 3, and there are 3"));
  EXPECT_THAT(failure("view.graph.tiles[99]"), HasSubstr("IndexError: Tiles[99]: there are 12"));
  EXPECT_THAT(failure("view.graph.successors(-1)"), HasSubstr("successors was asked of group -1, and there are"));
  EXPECT_THAT(failure("view.check('tile 3')"),
              HasSubstr("TypeError: check(self: tessera.View, action: tessera.Action) -> tessera.Illegal was called"));
  EXPECT_THAT(failure("return Dispatch(-1, 0)"), HasSubstr("ValueError: tile -1 is no id: ids are whole numbers from"));
  EXPECT_THAT(failure("view.now_ps = 3"), HasSubstr("AttributeError: "));
  EXPECT_THAT(failure("view.graph.tiles.op[0] = 3"), HasSubstr("TypeError: cannot modify read-only memory"));
  EXPECT_THAT(
      failure("return Dispatch(6, 0)"),
      HasSubstr("16 illegal actions at cycle 0, the last: Dispatch of tile 6 (operator 1, request 0) to core 0"));
  EXPECT_THAT(failure("return Prefetch(0, 0)"), HasSubstr("only a constant operand can be prefetched"));
  EXPECT_THAT(failure("return Undispatch(3)"), HasSubstr("the last: Undispatch of tile 3"));
  EXPECT_THAT(failure("return Cap(7, 1000)"), HasSubstr("Cap of channel 7 to 1000 thousandths of a byte per cycle"));
  EXPECT_THAT(failure("return Cap(-1)"), HasSubstr("ValueError: channel -1 is no channel"));
  EXPECT_THAT(failure("return Cap(0, -5)"), HasSubstr("at that rate a packet would hold the channel"));
  EXPECT_THAT(failure("view.cap(3)"), HasSubstr("cap was asked of channel 3, and there"));
  EXPECT_THAT(failure("return Wait(0)"), HasSubstr("the time to wait for has passed"));
  EXPECT_THAT(failure("return Wait()"),
              HasSubstr("Wait at cycle 0 with nothing in flight and 12 tiles not dispatched"));
  EXPECT_THAT(
      failure_of(std::string(kRight) + "  def on_tile_done(self, view, tile): view.is_ready(tile, 1)"),
      AllOf(HasSubstr("in on_tile_done of tile 1 at cycle "), HasSubstr("mine.py:6: TypeError: is_ready(self: ")));
  EXPECT_THAT(failure_of(std::string(kRight) + "  def begin(self): pass"),
              HasSubstr("TypeError: Right.begin() takes 1 positional argument but 2 were given"));
  EXPECT_THAT(failure_of(std::string(kRight) + "  def subscriptions(self): return 'arrival'"),
              HasSubstr("mine.py:6: subscriptions() returned 'arrival', not a tuple of Events"));
}

TEST_F(PythonPolicy, AViewIsGoodUntilItsHookReturns) {
  EXPECT_THAT(failure_of(std::string(kRight) + "  def begin(self, view): self.kept = view\n"
                                               "  def subscriptions(self): return [] if self.kept.now_ps else []\n"),
              HasSubstr("mine.py:7: RuntimeError: now_ps was asked outside of a hook: a view is good until the hook "
                        "that got it returns"));
}

// What is kept of the graph stays good, also after its run.
TEST_F(PythonPolicy, TheGraphMayBeKept) {
  const std::string text = std::string(
      "import gc\nkept = []\n"
      "class Keeps(Policy):\n"
      "  def begin(self, view):\n"
      "    gc.collect()\n"
      "    for tiles, column, machine in kept:\n"
      "      assert len(tiles) == len(column) == 12 and column[11] == tiles[11].predicted_ps, tiles\n"
      "      assert tiles[-1].id == 11 and column.readonly and machine.cores >= 1\n"
      "    kept.append((view.graph.tiles, view.graph.tiles.predicted_ps, view.machine))\n"
      "  def decide(self, view):\n"
      "    return next(iter(view.dispatches()), Wait())\n");
  const PolicySpec spec = spec_of(text);
  for (int i = 0; i < 3; ++i) EXPECT_EQ(run(spec).failure, "");
}

TEST_F(PythonPolicy, QuestionsAgreeWithEachOther) {
  const Outcome o = run(
      "class Asks(Policy):\n"
      "  def begin(self, view):\n"
      "    g, m = view.graph, view.machine\n"
      "    assert len(g.tiles) == 12 and g.tiles[3].kind == TileKind.pe and g.tiles[3].id == 3, g\n"
      "    assert list(g.tiles.group) == [t.group for t in g.tiles]\n"
      "    assert all(g.successors(p).count(n) for n in range(len(g.groups)) for p in g.predecessors(n))\n"
      "    assert m.core_clock.ps(3) == 3000 and m.core_clock.cycles(3999) == 3, m\n"
      "    assert len(g.requests) == 1 and g.requests[0].tiles == 12 and g.requests[0].deadline_ps == NEVER, "
      "g.requests[0]\n"
      "    assert view.queued_tile(0, 5) is None and g.requests.priority[0] == 0\n"
      "    assert len(m.channels) == 1 and len(m.region_bytes) == 3 and m.asks_keep is False\n"
      "    assert g.blocks.begin.shape == (len(g.blocks), 4) and g.blocks[0].end == tuple(\n"
      "        g.blocks.end[0, i] for i in range(4))\n"
      "    assert 'predicted_ps=' in repr(g.tiles[0]) and repr(g.groups) == '<Groups: %d>' % len(g.groups)\n"
      "  def decide(self, view):\n"
      "    assert list(view.ready()) == [t for k in (TileKind.pe, TileKind.vector, TileKind.movement)\n"
      "                                  for t in view.ready(k)]\n"
      "    legal = [Dispatch(t, c) for k in (TileKind.pe, TileKind.vector, TileKind.movement) for t in view.ready(k)\n"
      "             for c in view.accepting(k) if view.check(Dispatch(t, c)) == Illegal.none]\n"
      "    later = [Dispatch(t, c) for c in view.continuing() for t in view.continuations(c) if\n"
      "             view.legal(Dispatch(t, c))]\n"
      "    assert view.dispatches() == (later or legal), (view.dispatches(), later, legal)\n"
      "    for d in legal:\n"
      "      assert view.is_ready(d.tile) and view.missing_bytes(d.tile, d.core) >= 0\n"
      "      assert view.slots(d.core, 0)[0].residency in (Residency.absent, Residency.filling, Residency.full)\n"
      "      assert view.unissued_bytes(0) >= 0 and view.queued(d.core) >= 0 and view.arrived(0)\n"
      "      assert repr(d) == 'Dispatch(%d, %d)' % (d.tile, d.core) and d in {Dispatch(d.tile, d.core)}\n"
      "    assert 'ready' in view.reason(Illegal.not_ready) and view.check(Dispatch(99, 0)) == Illegal.unknown_tile\n"
      "    return (later or legal or [Wait()])[0]\n");
  EXPECT_EQ(o.failure, "");
  EXPECT_EQ(o.state, RunState::done);
}

TEST_F(PythonPolicy, HooksAreCalledAndAnswersCounted) {
  const Outcome o =
      run("class Counts(Policy):\n"
          "  subscriptions = (Event.tile_done, Event.decision)\n"
          "  def begin(self, view): self.n = {}\n"
          "  def count(self, what): self.n[what] = self.n.get(what, 0) + 1\n"
          "  def on_tile_ready(self, view, tile): self.count('ready')\n"
          "  def on_transfer_done(self, view, core, operand): self.count('transfer')\n"
          "  def on_slot_free(self, view, core, operand): self.count('slot')\n"
          "  def on_illegal(self, view, action, why):\n"
          "    assert action == Dispatch(11, 0) and why == Illegal.not_ready, (action, why)\n"
          "    self.count('illegal')\n"
          "  def on_tile_done(self, view, tile):\n"
          "    self.count('done')\n"
          "    if self.n['done'] == 6:\n"
          "      assert self.n['ready'] == 12 and self.n['illegal'] == 1 and 'transfer' in self.n, self.n\n"
          "  def decide(self, view):\n"
          "    if 'illegal' not in self.n: return Dispatch(11, 0)\n"
          "    return next(iter(view.dispatches()), Wait())\n");
  EXPECT_EQ(o.failure, "");
  EXPECT_EQ(o.state, RunState::done);
}

TEST_F(PythonPolicy, OptionsHaveTheTypesThatItDeclares) {
  PolicySpec spec = spec_of(
      "class Opts(Policy):\n"
      "  depth = Option(8, 'tiles', low=1, high=9)\n"
      "  share = Option(0.5)\n"
      "  eager = Option(True)\n"
      "  order = Option('up')\n"
      "  def __init__(self):\n"
      "    assert (self.depth, self.share, self.eager, self.order) == (3, 2.0, False, 'up'), vars(self)\n"
      "  def decide(self, view): return next(iter(view.dispatches()), Wait())\n");
  const auto library = PluginLibrary::open(spec.file, spec.time_limit);
  ASSERT_TRUE(library) << library.problems().to_string();
  ASSERT_EQ(library->options().size(), 4u);
  EXPECT_EQ(library->options()[0].text, "tiles");
  EXPECT_EQ(library->options()[0].high, 9);
  EXPECT_EQ(library->options()[3].fallback, OptionValue(std::string("up")));
  EXPECT_THAT(library->host()->language, HasSubstr("Python 3."));
  EXPECT_FALSE(library->takes_any_option());
  spec.file_options = {{"depth", std::int64_t{3}}, {"share", 2.0}, {"eager", false}};
  EXPECT_EQ(run(spec).failure, "");
}

TEST_F(PythonPolicy, ARunFileSaysItsPolicyAndItsOptions) {
  static_cast<void>(spec_of(std::string(kRight) + "  depth = Option(8, low=1, high=9)\n"));
  const auto problems = [&](const std::string& scheduler) {
    std::ofstream(folder_ / "r.yaml") << "npu: " << TESSERA_SOURCE_DIR << "/configs/npu/tiny_8x8.yaml\ngemm: 8x8x8\n"
                                      << "scheduler:\n  " << scheduler << "\n";
    sim::RunArguments a;
    a.run_file = folder_ / "r.yaml";
    const auto run = sim::read_run(a);
    return run ? "" : run.problems().to_string();
  };
  EXPECT_EQ(problems("policy: mine.py"), "");
  EXPECT_THAT(problems("{policy: mine.py, options: {dept: 3}}"),
              HasSubstr("unknown key \"dept\" in scheduler.options of policy right, did you mean \"depth\"?"));
  EXPECT_THAT(problems("{policy: mine.py, options: {depth: 10}}"), HasSubstr("depth is 10: must be 1 to 9"));
  EXPECT_THAT(problems("policy: gone.py"), HasSubstr("gone.py: there is no such file"));
  static_cast<void>(spec_of(kRight));
  EXPECT_THAT(problems("{policy: mine.py, options: {depth: 3}}"), HasSubstr("unknown key \"depth\" in scheduler.opti"));
  static_cast<void>(spec_of("class A(Policy:\n"));
  EXPECT_THAT(problems("policy: mine.py"),
              MatchesRegex(".*r.yaml:4:11: scheduler.policy: .*mine.py:2:15: SyntaxError(.|\n)*"));
}

TEST_F(PythonPolicy, WhatWasChangedIsReadAgain) {
  EXPECT_EQ(refusal(kRight), "");
  EXPECT_THAT(refusal("class B(Policy): pass\n"), HasSubstr("class B has no decide()"));
  EXPECT_EQ(refusal(kRight), "");
}

// Asks after every decision, as a trace with decisions does.
struct Curious final : Policy {
  explicit Curious(Policy& p) : inner(p) {}
  std::string_view name() const override { return "curious"; }
  void begin(const View& v) override { inner.begin(v); }
  Action decide(const View& v) override {
    const Action a = inner.decide(v);
    try {
      choices += inner.candidates().size(), weighed += inner.weighed();
    } catch (const std::exception& e) {
      error = e.what();
    }
    return a;
  }
  Policy& inner;
  std::size_t choices = 0, weighed = 0;
  std::string error;
};

TEST_F(PythonPolicy, CandidatesAreTuplesOfWholeNumbers) {
  const auto said = [&](const std::string& body) {
    const auto policy = open_policy(spec_of(std::string(kRight) + "  score = 'missing bytes'\n" + body + "\n"));
    EXPECT_TRUE(policy);
    EXPECT_EQ((*policy)->score(), "missing bytes");
    Curious curious(**policy);
    static_cast<void>(run_checked(small_scenario(), curious, {}));
    return curious.error.empty() ? std::to_string(curious.choices) + " of " + std::to_string(curious.weighed)
                                 : curious.error;
  };
  const std::string all = said("  def candidates(self): return [(0, 0, 5), (1, 0, -6)]");
  EXPECT_THAT(all, MatchesRegex("[1-9][0-9]* of [1-9][0-9]*"));
  EXPECT_EQ(all.substr(0, all.find(' ')), all.substr(all.rfind(' ') + 1));
  EXPECT_THAT(said("  def candidates(self): return []\n  def weighed(self): return 7"),
              MatchesRegex("0 of [1-9][0-9]*"));
  EXPECT_THAT(said("  def candidates(self): return 7"), HasSubstr("TypeError: candidates() must return a list of"));
  EXPECT_THAT(said("  def candidates(self): return [3]"), HasSubstr("mine.py:7: candidates() returned 3, not a list"));
  EXPECT_THAT(said("  def candidates(self): return [(0, 0, 1.5)]"), HasSubstr("score is 1.5, no whole number"));
  EXPECT_THAT(said("  def candidates(self): return [(-1, 0, 1)]"), HasSubstr("tile -1 is no id"));
  EXPECT_THAT(said("  def candidates(self): return [(99, 0, 1)]"), HasSubstr("it weighed tile 99 on core 0, which do"));
}

TEST_F(PythonPolicy, AnEndlessLoopIsStoppedWhereItIs) {
  PolicySpec spec = spec_of("class Spins(Policy):\n  def decide(self, view):\n    while True:\n      pass\n");
  spec.time_limit = base::Ps{50'000'000'000};
  EXPECT_THAT(run(spec).failure,
              MatchesRegex("policy Spins: in decide at cycle 0, where tile 0 is ready: .*mine.py:[45]: "
                           "it has not answered for 50 ms .scheduler.time_limit."));
  EXPECT_EQ(run(kRight).failure, "");  // the next one is not hit by it
  spec = spec_of("while True: pass\n");
  spec.time_limit = base::Ps{50'000'000'000};
  EXPECT_THAT(open_policy(spec).problems().to_string(), HasSubstr("mine.py:2: it has not answered for 50 ms"));
}

using PythonPolicyDeathTest = PythonPolicy;

TEST_F(PythonPolicyDeathTest, WhatCannotBeStoppedEndsTheProgram) {
  GTEST_FLAG_SET(death_test_style, "fast");
  const std::pair<const char*, const char*> ways[] = {
      {"import time; time.sleep(100)", "it has not answered for 50 ms"},
      {"\n    while True:\n      try: [0 for i in range(100)]\n      except BaseException: pass",
       "it has not answered"},
      {"import os; os.abort()", "it crashed .SIGABRT."},
      {"import ctypes; ctypes.string_at(0)", "it crashed .SIGSEGV."},
  };
  for (const auto& [body, text] : ways) {
    PolicySpec spec = spec_of(std::string("class Wrong(Policy):\n  def decide(self, view): ") + body + "\n");
    spec.time_limit = base::Ps{50'000'000'000};
    EXPECT_EXIT(static_cast<void>(run(spec)), ::testing::ExitedWithCode(1),
                std::string("policy Wrong: in decide at cycle 0, where tile 0 is ready: ") + text)
        << body;
  }
}

}  // namespace
}  // namespace tessera::scheduler::testing
