// A user's memory at the TLM-2.0 port: whatever style of target it is, packets arrive in time, every byte is counted,
// and running ahead changes nothing.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <array>
#include <cstring>

#include "examples/tlm_memory/fixed_latency_memory.h"
#include "sim/machine/custom_memory.h"
#include "tests/sim/support/small_run.h"

namespace tessera::sim {
namespace {

using base::Ps;
using sc_core::sc_time;
using tests::SmallExecution;

// The small convolution with a memory of the test's.
SmallExecution execute(const std::vector<std::string>& overrides,
                       std::function<std::unique_ptr<CustomMemory>()> memory) {
  SimulationOptions options;
  options.memory = std::move(memory);
  return tests::execute_small(overrides, std::move(options));
}
using testing::HasSubstr;

// One target in every style that the base protocol allows; also keeps what it saw.
class StyledMemory : public sc_core::sc_module {
 public:
  enum class Style { completes_at_once, responds_at_once, late_end_request, answers_newest_first, blocks, fails };
  struct Seen {
    std::int64_t bytes = 0, packets = 0, open = 0, most_open = 0;
    sc_time last_arrival;
    bool in_order = true;
  };
  tlm_utils::simple_target_socket<StyledMemory> socket;

  StyledMemory(sc_core::sc_module_name name, Style style, Seen* seen)
      : sc_module(name), socket("socket"), style_(style), seen_(*seen), latency_(100, sc_core::SC_NS) {
    if (style == Style::blocks) socket.register_b_transport(this, &StyledMemory::b_transport);
    else socket.register_nb_transport_fw(this, &StyledMemory::nb_transport_fw);
    SC_HAS_PROCESS(StyledMemory);
    SC_METHOD(respond);
    dont_initialize();
    sensitive << done_;
    SC_METHOD(end_request);
    dont_initialize();
    sensitive << end_request_;
    SC_THREAD(never_ends);
  }

 private:
  void see(const tlm::tlm_generic_payload& p) {
    ++seen_.packets;
    seen_.bytes += p.get_data_length();
    seen_.in_order &= sc_core::sc_time_stamp() >= seen_.last_arrival;
    seen_.last_arrival = sc_core::sc_time_stamp();
    seen_.most_open = std::max(seen_.most_open, ++seen_.open);
  }

  tlm::tlm_sync_enum nb_transport_fw(tlm::tlm_generic_payload& p, tlm::tlm_phase& phase, sc_time& delay) {
    if (phase == tlm::END_RESP) return tlm::TLM_COMPLETED;
    see(p);
    EXPECT_EQ(requesting_, nullptr) << "a request before the end of the one before";
    p.set_response_status(style_ == Style::fails ? tlm::TLM_ADDRESS_ERROR_RESPONSE : tlm::TLM_OK_RESPONSE);
    if (style_ == Style::completes_at_once || style_ == Style::responds_at_once) {
      --seen_.open;
      delay += latency_;
      phase = tlm::BEGIN_RESP;
      return style_ == Style::completes_at_once ? tlm::TLM_COMPLETED : tlm::TLM_UPDATED;
    }
    p.acquire();
    open_.push_back(&p);
    if (open_.size() == 1) done_.notify(latency_);
    if (style_ == Style::late_end_request) {
      requesting_ = &p;
      end_request_.notify(sc_time(60'007, sc_core::SC_PS));  // off the grid of everything else
      return tlm::TLM_ACCEPTED;
    }
    phase = tlm::END_REQ;
    delay += sc_time(5, sc_core::SC_NS);
    return tlm::TLM_UPDATED;
  }

  void end_request() {
    tlm::tlm_phase phase = tlm::END_REQ;
    sc_time none;
    auto* p = requesting_;
    requesting_ = nullptr;
    if (p != nullptr) socket->nb_transport_bw(*p, phase, none);
  }

  void respond() {
    auto* p = style_ == Style::answers_newest_first ? open_.back() : open_.front();
    std::erase(open_, p);
    if (p == requesting_) requesting_ = nullptr;  // the response stands for END_REQ too
    --seen_.open;
    tlm::tlm_phase phase = tlm::BEGIN_RESP;
    sc_time delay(3, sc_core::SC_NS);
    socket->nb_transport_bw(*p, phase, delay);
    p->release();
    if (!open_.empty()) done_.notify(sc_time(20, sc_core::SC_NS));
  }

  void b_transport(tlm::tlm_generic_payload& p, sc_time& delay) {
    see(p);
    wait(latency_);
    delay += sc_time(1, sc_core::SC_NS);
    p.set_response_status(tlm::TLM_OK_RESPONSE);
    --seen_.open;
  }

  // As a refresh would.
  void never_ends() {
    for (;;) wait(1, sc_core::SC_US);
  }

  Style style_;
  Seen& seen_;
  sc_time latency_;
  sc_core::sc_event done_, end_request_;
  std::vector<tlm::tlm_generic_payload*> open_;
  tlm::tlm_generic_payload* requesting_ = nullptr;
};

void expect_same_records(const SmallExecution& a, const SmallExecution& b) {
  ASSERT_EQ(a.records.size(), b.records.size());
  for (std::size_t i = 0; i < a.records.size(); ++i) {
    ASSERT_EQ(std::memcmp(&a.records[i].record, &b.records[i].record, sizeof(trace::Record)), 0)
        << "record " << a.records[i].id;
    ASSERT_TRUE(a.records[i].waits == b.records[i].waits) << "waits of record " << a.records[i].id;
  }
}

// The example's memory with the numbers of the machine's own `simple` DRAM: 80 ns and 1.6 GB/s = 625 ps a byte.
std::function<std::unique_ptr<CustomMemory>()> as_built_in() {
  return tlm_memory<FixedLatencyMemory>("memory", sc_time(80, sc_core::SC_NS), sc_time(625, sc_core::SC_PS));
}

class OwnMemory : public testing::TestWithParam<std::vector<std::string>> {};

TEST_P(OwnMemory, EquivalentMemoryGivesTheSameRunAsTheBuiltInOne) {
  const SmallExecution built_in = execute(GetParam(), {});
  const SmallExecution own = execute(GetParam(), as_built_in());
  ASSERT_TRUE(own.result.ok) << own.result.failure;
  EXPECT_EQ(own.makespan(), built_in.makespan());
  expect_same_records(own, built_in);
  const auto &a = own.result.summary.dram, &b = built_in.result.summary.dram;
  EXPECT_EQ(a.reads, b.reads);
  EXPECT_EQ(a.writes, b.writes);
  EXPECT_EQ(a.read_bytes, b.read_bytes);
  EXPECT_EQ(a.write_bytes, b.write_bytes);
  EXPECT_EQ(a.read_latency, b.read_latency);
  EXPECT_GT(a.read_bytes, 0);
  EXPECT_GT(a.write_bytes, 0);
}

TEST_P(OwnMemory, SteppingGivesTheSameRunAsRunningAhead) {
  auto stepping = GetParam();
  stepping.push_back("engine=stepwise");
  expect_same_records(execute(GetParam(), as_built_in()), execute(stepping, as_built_in()));
}

using Words = std::vector<std::string>;
INSTANTIATE_TEST_SUITE_P(Small, OwnMemory,
                         testing::Values(Words{}, Words{"interconnect.duplex=half"},
                                         Words{"dma.channels=4", "dma.outstanding=32"},
                                         Words{"interconnect.latency=0 cycles"},
                                         Words{"shared_sram.capacity=32 KiB", "shared_sram.line=64 B"}));

using Style = StyledMemory::Style;
void PrintTo(Style style, std::ostream* out) {
  *out << std::array{"completes_at_once",    "responds_at_once", "late_end_request",
                     "answers_newest_first", "blocks",           "fails"}
              .at(static_cast<std::size_t>(style));
}
class TargetStyle : public testing::TestWithParam<Style> {};

TEST_P(TargetStyle, EveryPacketIsAnsweredAndCounted) {
  StyledMemory::Seen seen, again;
  const SmallExecution ahead = execute({}, tlm_memory<StyledMemory>("memory", GetParam(), &seen));
  ASSERT_TRUE(ahead.result.ok) << ahead.result.failure;
  const auto& dram = ahead.result.summary.dram;
  EXPECT_EQ(seen.bytes, dram.read_bytes + dram.write_bytes);
  EXPECT_EQ(seen.packets, ahead.result.summary.engine.packets);
  EXPECT_TRUE(seen.in_order);
  const auto built_in = execute({}, {}).result.summary.dram;
  EXPECT_EQ(dram.read_bytes, built_in.read_bytes);
  EXPECT_EQ(dram.write_bytes, built_in.write_bytes);
  if (GetParam() == Style::blocks) {
    EXPECT_EQ(seen.most_open, 1);
  } else if (GetParam() == Style::answers_newest_first) {
    EXPECT_EQ(seen.most_open, 8);  // the machine's dma.outstanding
  }
  expect_same_records(ahead, execute({"engine=stepwise"}, tlm_memory<StyledMemory>("memory", GetParam(), &again)));
}
INSTANTIATE_TEST_SUITE_P(All, TargetStyle,
                         testing::Values(Style::completes_at_once, Style::responds_at_once, Style::late_end_request,
                                         Style::answers_newest_first, Style::blocks));

TEST(TlmMemory, HoldingBackEndRequestThrottles) {
  StyledMemory::Seen free, held;
  (void)execute({}, tlm_memory<StyledMemory>("memory", Style::answers_newest_first, &free));
  (void)execute({}, tlm_memory<StyledMemory>("memory", Style::late_end_request, &held));
  EXPECT_EQ(free.most_open, 8);  // the machine's dma.outstanding
  EXPECT_LE(held.most_open, 2);  // an answer in 100 ns, a request in 60 ns
}

TEST(TlmMemory, AnErrorResponseEndsTheRunAndNamesThePacket) {
  StyledMemory::Seen seen;
  const auto failed = execute({}, tlm_memory<StyledMemory>("memory", Style::fails, &seen));
  EXPECT_FALSE(failed.result.ok);
  EXPECT_THAT(failed.result.failure, HasSubstr("TLM_ADDRESS_ERROR_RESPONSE to the read of 64 bytes at address "));
  // The next simulation of the process is not touched by it.
  EXPECT_TRUE(execute({}, as_built_in()).result.ok);
}

}  // namespace
}  // namespace tessera::sim
