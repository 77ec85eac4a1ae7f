#include "trace/record/device_ring.h"

#include <algorithm>
#include <cassert>

#include "trace/record/spans.h"

namespace tessera::trace {

std::int64_t DrainQueue::advance(base::Ps t) {
  if (held_ == 0 || rate_ == 0) return 0;
  const std::int64_t cycles = clock_.elapsed(t).count() - first_edge_;
  if (cycles < 0) return 0;
  // Records that the register had time to take; the product may pass 64 bits.
  const __int128 by_now = static_cast<__int128>(cycles) * rate_ / bytes_ + 1;
  const auto n = static_cast<std::int64_t>(std::min<__int128>(held_, by_now - left_));
  if (n <= 0) return 0;
  held_ -= n;
  left_ += n;
  return n;
}

void DrainQueue::push(base::Ps t, std::int64_t records) {
  if (held_ == 0 && rate_ > 0) {
    // What waits before the register is free follows without a gap; what comes later begins a busy period.
    const base::Cycles register_free{first_edge_ + base::ceil_div(left_ * bytes_, rate_)};
    if (left_ == 0 || t >= clock_.edge(register_free)) {
      first_edge_ = clock_.first_edge(t).count();
      left_ = 0;
    }
  }
  held_ += records;
}

base::Ps DrainQueue::departure(std::int64_t n) const {
  assert(n >= 1 && n <= held_);
  if (rate_ == 0) return base::kNever;
  return clock_.edge(base::Cycles{first_edge_ + base::ceil_div((left_ + n - 1) * bytes_, rate_)});
}

DeviceRing::DeviceRing(const TraceBufferSpec& spec, base::Clock clock, Consumer& next, std::size_t units)
    : spec_(spec), next_(next), queue_(spec.record.count(), spec.drain, clock), counts_(units), losing_(units) {
  assert(spec.capacity >= 1 && spec.record.count() >= 1);
  assert(!spec.drain.none() || spec.overflow != OverflowPolicy::stall);
}

base::Ps DeviceRing::admit(base::Ps now, std::int64_t records) {
  assert(spec_.overflow == OverflowPolicy::stall);
  if (records <= 0) return now;
  now_ = now = std::max(now, now_);
  queue_.advance(now);
  queue_.push(now, records);
  // The last record has its place when all but `capacity` of what is queued has left; until then the ring is never
  // empty, so the times of leaving do not depend on when the others came in.
  const std::int64_t too_many = queue_.held() - spec_.capacity;
  if (too_many <= 0) return now;
  now_ = std::max(now, queue_.departure(too_many));
  queue_.advance(now_);
  return now_;
}

void DeviceRing::keep(const Item& item) {
  UnitCount& c = counts_[item.record[0].unit];
  ++c.kept;
  losing_[item.record[0].unit] = false;
  next_.consume({item.record, item.records}, item.id);
}

void DeviceRing::lose(const Item& item) {
  const Record& r = item.record[0];
  UnitCount& c = counts_[r.unit];
  ++c.lost;
  if (losing_[r.unit]) {
    auto& range = c.lost_ranges.back();
    range = {std::min(range.begin, r.start), std::max(range.end, r.end)};
  } else {
    c.lost_ranges.push_back({r.start, r.end});
  }
  losing_[r.unit] = true;
}

void DeviceRing::arrive(const Item& item) {
  now_ = std::max(now_, item.record[0].end);
  const std::int64_t left = queue_.advance(now_);
  if (spec_.overflow == OverflowPolicy::drop_newest) {
    if (queue_.held() == spec_.capacity) return lose(item);
    queue_.push(now_, 1);
    return keep(item);
  }
  for (std::int64_t i = 0; i < left; ++i) {
    keep(items_.front());
    items_.pop_front();
  }
  if (queue_.held() == spec_.capacity) {
    lose(items_.front());
    items_.pop_front();
    queue_.drop_oldest();
  }
  queue_.push(now_, 1);
  items_.push_back(item);
}

void DeviceRing::consume(std::span<const Record> records, std::uint64_t first_id) {
  for_each_span(records, first_id, [this](const SpanView& s) {
    if (is_of_policy(s.record.name)) return;
    Item item{s.id, static_cast<std::uint32_t>(s.records().size()), {s.record, {}}};
    if (s.has_waits()) item.record[1] = *s.extension;
    ++counts_[s.record.unit].emitted;
    if (spec_.overflow == OverflowPolicy::stall) {
      keep(item);  // the units waited for their places
    } else {
      arrive(item);
    }
  });
}

void DeviceRing::finish(base::Ps end) {
  for (; !items_.empty(); items_.pop_front()) keep(items_.front());
  if (on_finish_) on_finish_(counts_);
  next_.finish(end);
}

}  // namespace tessera::trace
