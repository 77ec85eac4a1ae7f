// A trace whose every measure is known by hand: one core, one channel, two PE tiles (one group each), 1 ns cycles.
//
//   ps        0    10   110  150       310   350  400  450   500
//   decision  [0,10) tile 0            decision tile 1 [10,20)
//   load      [10,110) t0   [20,150) t1
//   array              compute t0 [110,310)  compute t1 [310,400), last 20 ps of t0 sram_conflict
//   drain                                    t1 [400,410)
//   store                    t0 [310,350)         t1 [410,500)
#pragma once

#include "tests/trace/synthetic.h"
#include "trace/analysis/measures.h"
#include "trace/file/tile_table.h"

namespace tessera::trace::test {

struct KnownTrace {
  Lanes lanes{Lanes::Shape{.cores = 1, .schedulers = 1, .channels = 1}};
  TileTable tiles;
  RunFacts facts;
  static constexpr std::int64_t kEnd = 500;

  KnownTrace() {
    tiles.operators = {{"first", "Conv"}, {"second", "Conv"}};
    for (std::uint32_t i = 0; i < 2; ++i) {
      TileTable::Tile t;
      t.op = t.group = i;
      t.macs = 1000 * (i + 1);
      t.input_bytes = 64 * (i + 1);
      t.output_bytes = 32;
      tiles.tiles.push_back(t);
    }
    facts.macs_per_1000_cycles = 16'000;
    facts.clock_num_ps = 1;  // one cycle a picosecond keeps the numbers small
    facts.channel_bytes_per_second = 1'000'000'000'000;
    facts.dma_bytes_per_second = 1'000'000'000'000;
    facts.wasted_bytes = 5;
  }

  [[nodiscard]] Record span(Name name, std::uint16_t unit, std::int64_t start, std::int64_t end, std::uint64_t cause,
                            Link link, std::uint32_t tile) const {
    Record r;
    r.name = name;
    r.unit = unit;
    r.start = Ps{start};
    r.end = Ps{end};
    r.cause = cause;
    r.link = link;
    r.tile = tile;
    if (tile != kNoTile) r.op = static_cast<std::uint16_t>(tile);
    return r;
  }

  // `change` may alter any record (by id) before it is emitted.
  template <class Change>
  void emit(Sink& sink, Change change) const {
    const auto put = [&](Record r) {
      change(sink.emitted() + 1, r);
      return sink.emit(r);
    };
    const std::uint16_t pe = lanes.pe_array(0), vec = lanes.vector_unit(0), dma = lanes.channel(0),
                        sched = lanes.scheduler(0);
    const auto stall = [&](std::uint16_t unit, std::int64_t start, std::int64_t end, Reason reason) {
      Record r = span(Name::stall, unit, start, end, 0, Link::none, kNoTile);
      r.set_reason(reason);
      put(r);
    };
    const auto transfer = [&](Name name, std::int64_t start, std::int64_t end, std::uint64_t cause, std::uint32_t tile,
                              std::int64_t bytes) {
      Record r = span(name, dma, start, end, cause, Link::none, tile);
      r.set_bytes(bytes);
      r.set_operand(name == Name::load ? Operand::input : Operand::output);
      const std::uint64_t id = put(r);
      sink.emit_waits({Ps{1}, Ps{2}, Ps{3}});
      return id;
    };
    const auto compute = [&](std::int64_t start, std::int64_t end, std::uint64_t cause, Link link, std::uint32_t tile) {
      Record r = span(Name::compute, pe, start, end, cause, link, tile);
      r.set_macs(1000 * (tile + 1));
      return put(r);
    };
    const auto slot = [&](Name name, Operand operand, std::uint32_t index, std::int64_t start, std::int64_t end,
                          std::uint32_t tile) {
      Record r = span(name, lanes.slot(0, operand, index), start, end, 0, Link::none, tile);
      r.set_operand(operand);
      put(r);
    };
    const auto arrival = put(span(Name::arrival, 0, 0, 0, 0, Link::none, kNoTile));    // 1
    const auto d0 = put(span(Name::decision, sched, 0, 10, arrival, Link::none, 0));   // 2
    const auto d1 = put(span(Name::decision, sched, 10, 20, d0, Link::scheduler, 1));  // 3
    const auto l0 = transfer(Name::load, 10, 110, d0, 0, 64);                          // 4
    slot(Name::fill, Operand::input, 0, 0, 110, 0);                                    // 5
    stall(pe, 0, 10, Reason::dispatch);                                                // 6
    stall(pe, 10, 110, Reason::load);                                                  // 7
    const auto l1 = transfer(Name::load, 20, 150, d1, 1, 128);                         // 8
    slot(Name::fill, Operand::input, 1, 10, 150, 1);                                   // 9
    (void)l1;
    const auto c0 = compute(110, 310, l0, Link::none, 0);                                       // 10
    transfer(Name::store, 310, 350, c0, 0, 32);                                                 // 11
    const auto c1 = compute(310, 400, c0, Link::array, 1);                                      // 12
    const auto drain = put(span(Name::drain, lanes.pe_drain(0), 400, 410, c1, Link::none, 1));  // 13
    transfer(Name::store, 410, 500, drain, 1, 32);                                              // 14
    put(span(Name::request, 0, 0, 500, 0, Link::none, kNoTile));                                // 15
    stall(pe, 400, 500, Reason::no_work);                                                       // 16
    stall(vec, 0, 500, Reason::no_work);                                                        // 17
    stall(pe, 290, 310, Reason::sram_conflict);  // inside the first compute                    // 18
    sink.finish(Ps{kEnd});
  }
  void emit(Sink& sink) const {
    emit(sink, [](std::uint64_t, Record&) {});
  }
};

}  // namespace tessera::trace::test
