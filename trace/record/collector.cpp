#include "trace/record/collector.h"

#include <algorithm>

namespace tessera::trace {
namespace {

std::string label(const Collector::Item& item) {
  return "record " + std::to_string(item.id) + " (" + std::string(to_string(item.record.name)) + " [" +
         std::to_string(item.record.start.count()) + ", " + std::to_string(item.record.end.count()) + ") ps)";
}

}  // namespace

void Collector::consume(std::span<const Record> records, std::uint64_t first_id) {
  std::uint64_t id = first_id;
  bool first = true;
  for (const Record& r : records) {
    if (r.is_extension()) {
      if (first || items_.back().waits) {
        early_.push_back("extension record without a transfer before it, next id " + std::to_string(id));
      } else {
        items_.back().waits = r.waits();
      }
    } else {
      items_.push_back({id++, r, std::nullopt});
    }
    first = false;
  }
}

void Collector::finish(base::Ps end) {
  if (finished_) early_.push_back("finished twice");
  finished_ = true;
  end_ = end;
}

std::vector<std::string> Collector::violations() const {
  std::vector<std::string> out = early_;
  std::vector<const Item*> order;
  std::uint64_t last_id = 0;
  for (const Item& i : items_) {
    const Record& r = i.record;
    if (i.id <= last_id) out.push_back(label(i) + ": id does not ascend");
    last_id = i.id;
    if (r.end < r.start) out.push_back(label(i) + ": ends before it starts");
    if (r.cause >= i.id) out.push_back(label(i) + ": cause " + std::to_string(r.cause) + " is not older");
    if (finished_ && r.end > end_)
      out.push_back(label(i) + ": ends after the run at " + std::to_string(end_.count()) + " ps");
    if (units_.empty()) continue;
    if (r.unit < units_.size() && !allowed_on(r.name, units_[r.unit].scope)) {
      out.push_back(label(i) + ": does not belong on " + std::string(units_[r.unit].path));
    }
    if (r.unit >= units_.size()) {
      out.push_back(label(i) + ": unknown unit " + std::to_string(r.unit));
    } else if (units_[r.unit].exclusive && r.end > r.start && !r.nests()) {
      order.push_back(&i);
    }
  }
  std::sort(order.begin(), order.end(), [](const Item* a, const Item* b) {
    if (a->record.unit != b->record.unit) return a->record.unit < b->record.unit;
    if (a->record.start != b->record.start) return a->record.start < b->record.start;
    return a->id < b->id;
  });
  for (std::size_t i = 1; i < order.size(); ++i) {
    if (order[i]->record.unit == order[i - 1]->record.unit && order[i]->record.start < order[i - 1]->record.end) {
      out.push_back(label(*order[i]) + ": overlaps " + label(*order[i - 1]) + " on " +
                    std::string(units_[order[i]->record.unit].path));
    }
  }
  return out;
}

}  // namespace tessera::trace
