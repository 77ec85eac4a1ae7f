// The laws can be broken: each record of a sound run that is tampered with is noticed.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <functional>

#include "tests/golden/whole_run_checks.h"
#include "tests/support/temp_folder.h"

namespace tessera::tests {
namespace {

using testing::Contains;
using testing::HasSubstr;
using trace::Name;
using trace::Record;

class Laws : public testing::Test {
 protected:
  void SetUp() override {
    const TempFolder out;
    run_.emplace(execute(shipped("tiny_8x8", "tiny_residual", "lookahead"), out.path()));
    units_ = read_trace(out / "trace.tsr").header.units;
    ASSERT_THAT(broken_laws(*run_, units_), testing::IsEmpty());
  }
  // The `nth` record of that name.
  Record& record(Name name, std::size_t nth = 0) {
    for (auto& item : run_->records)
      if (item.record.name == name && nth-- == 0) return item.record;
    throw std::runtime_error("no such record");
  }
  void expect_broken(const std::string& text) { EXPECT_THAT(broken_laws(*run_, units_), Contains(HasSubstr(text))); }
  void remove(const Record& record) {
    std::erase_if(run_->records, [&](const auto& item) { return &item.record == &record; });
  }

  std::optional<Execution> run_;
  std::vector<trace::UnitInfo> units_;
};

TEST_F(Laws, MacsMissing) {
  record(Name::compute, 3).set_macs(record(Name::compute, 3).macs() - 1);
  expect_broken("MACs of computes");
}
TEST_F(Laws, BytesMissing) {
  record(Name::store, 2).set_bytes(record(Name::store, 2).bytes() - 32);
  expect_broken("bytes stored");
}
TEST_F(Laws, LoadedTwice) {
  run_->records.push_back({run_->records.back().id + 1, record(Name::load), std::nullopt});
  expect_broken("bytes loaded");
}
TEST_F(Laws, ReuseClaimed) {
  run_->result.summary.dispatch.reused_bytes += 32;
  expect_broken("planned - found in a slot");
}
TEST_F(Laws, MemoryMovedMore) {
  run_->result.summary.dram.read_bytes += 32;
  expect_broken("DRAM bytes read");
}
TEST_F(Laws, ReadBeforeFull) {
  for (auto& item : run_->records)
    if (item.record.name == Name::hold) item.record.start += base::Ps{1};
  expect_broken("not in a slot during");
}
TEST_F(Laws, OverwrittenInUse) {
  Record& hold = record(Name::hold, 1);
  Record fill = record(Name::fill);
  fill.unit = hold.unit;
  fill.start = hold.start;
  fill.end = hold.end;
  run_->records.push_back({run_->records.back().id + 1, fill, std::nullopt});
  expect_broken("overlaps");
}
TEST_F(Laws, ResultOutsideItsSlot) {
  record(Name::accumulate).start += base::Ps{1'000'000'000};
  expect_broken("output slot");
}
TEST_F(Laws, StallMissing) {
  remove(record(Name::stall, 4));
  expect_broken("busy + stalls");
}
TEST_F(Laws, StallOfAnotherReason) {
  record(Name::stall, 4).set_reason(trace::Reason::barrier);
  expect_broken("in the summary");
}
TEST_F(Laws, SpanAfterTheRun) {
  record(Name::drain).end += base::Ps{1'000'000'000'000};
  expect_broken("not within the run");
}
TEST_F(Laws, CauseFromTheFuture) {
  record(Name::store).cause = 1'000'000;
  expect_broken("its cause is not older");
}
TEST_F(Laws, PathWithAHole) {
  // Every store a little later than what it stores: whichever lies on the path leaves a gap there.
  for (auto& item : run_->records)
    if (item.record.name == Name::store) item.record.start += base::Ps{1};
  expect_broken("not when its cause ended");
}
TEST_F(Laws, FasterThanTheBound) {
  run_->result.summary.bound.terms[0] = run_->result.summary.makespan + base::Ps{1};
  expect_broken("below the bound");
}
TEST_F(Laws, FailedRun) {
  run_->result.ok = false;
  expect_broken("the run failed");
}

}  // namespace
}  // namespace tessera::tests
