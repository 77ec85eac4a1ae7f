#include "sim/results/detail_records.h"

#include <algorithm>

#include "arch/array/fold_plan.h"

namespace tessera::sim {

using base::Cycles;
using base::Ps;
using trace::Name;
using trace::Record;

DetailRecords::DetailRecords(const arch::NpuSpec& npu, const scheduler::TileGraph& graph, trace::Level level,
                             std::uint16_t dram_lane, trace::Consumer& next)
    : npu_(npu), graph_(graph), level_(level), dram_lane_(dram_lane), interleave_(npu.dram.interleave.count()),
      dram_channels_(npu.dram.channels), next_(next), folds_(graph.works.size()) {}

void DetailRecords::consume(std::span<const Record> records, std::uint64_t first_id) {
  std::uint64_t id = first_id;
  for (const Record& r : records) {
    if (r.is_extension()) {
      out_.push_back(r);
      continue;
    }
    // The span before and its extension stand together.
    if (level_ >= trace::Level::burst) {
      add_bursts_until(r.end);
      inserted(id);
    }
    out_.push_back(r);
    ++out_next_;
    if (r.cause != trace::kNoCause) out_.back().cause = new_id(r.cause);
    if (r.name == Name::compute) {
      add_folds(r);
      inserted(id + 1);
    }
    ++id;
  }
  pass_on();
}

void DetailRecords::finish(Ps end) {
  add_bursts_until(end);  // what is answered later is of dropped prefetches
  pass_on();
  next_.finish(end);
}

void DetailRecords::pass_on() {
  if (!out_.empty()) next_.consume(out_, out_first_);
  out_.clear();
  out_first_ = out_next_;
}

// --- numbers ----------------------------------------------------------------------------------------------------

void DetailRecords::inserted(std::uint64_t before_id) {
  if (added_ == (shifts_.empty() ? 0 : shifts_.back().second)) return;
  if (!shifts_.empty() && shifts_.back().first == before_id) shifts_.back().second = added_;
  else shifts_.emplace_back(before_id, added_);
}

std::uint64_t DetailRecords::new_id(std::uint64_t id) const {
  const auto after =
      std::upper_bound(shifts_.begin(), shifts_.end(), id, [](std::uint64_t v, const auto& s) { return v < s.first; });
  return after == shifts_.begin() ? id : id + std::prev(after)->second;
}

// --- folds ------------------------------------------------------------------------------------------------------

const std::vector<DetailRecords::FoldSpan>& DetailRecords::folds_of(std::uint32_t work) {
  std::vector<FoldSpan>& spans = folds_[work];
  if (!spans.empty()) return spans;
  arch::PeArraySpec array = npu_.core.pe_array;
  array.rate = graph_.work_rates[work];
  Cycles at = array.start_up;
  arch::for_each_fold(array, graph_.work_shapes[work], [&](const arch::Fold& f) {
    const Cycles length = arch::time_fold(array, f.shape).occupancy;
    spans.push_back({at, length, f.groups * f.m_count * f.n_count * f.k_count, static_cast<std::uint16_t>(f.shape.rows),
                     static_cast<std::uint16_t>(f.shape.columns)});
    at += length;
  });
  return spans;
}

void DetailRecords::add_folds(const Record& compute) {
  const Cycles start = npu_.core_clock.first_edge(compute.start);
  for (const FoldSpan& f : folds_of(graph_.tiles[compute.tile].work)) {
    Record r;
    r.name = Name::fold;
    r.unit = compute.unit;
    r.tile = compute.tile;
    r.op = compute.op;
    r.request = compute.request;
    r.task = compute.task;
    r.start = npu_.core_clock.edge(start + f.start);
    r.end = npu_.core_clock.edge(start + f.start + f.length);
    r.set_macs(f.macs);
    r.set_rows(f.rows);
    r.set_columns(f.columns);
    out_.push_back(r);
    ++out_next_;
    ++added_;
  }
}

// --- DRAM -------------------------------------------------------------------------------------------------------

void DetailRecords::on_answer(const arch::MemoryRequest& request, const arch::MemoryAnswer& answer) {
  const std::int64_t channel = request.address / interleave_ % dram_channels_;
  Record r;
  r.name = Name::burst;
  r.unit = static_cast<std::uint16_t>(dram_lane_ + channel);
  r.set_channel(static_cast<std::uint32_t>(channel));
  r.start = request.arrival;
  r.end = answer.time;
  r.set_address(request.address);
  r.set_bytes(request.bytes);
  r.set_write(request.write);
  r.set_moved(answer.moved_bytes < 0 ? request.bytes : answer.moved_bytes);
  bursts_.push_back(r);
}

void DetailRecords::add_bursts_until(Ps end) {
  while (!bursts_.empty() && bursts_.front().end <= end) {
    out_.push_back(bursts_.front());
    bursts_.pop_front();
    ++out_next_;
    ++added_;
  }
}

}  // namespace tessera::sim
