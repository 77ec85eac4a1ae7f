// A consumer that keeps everything and checks what every producer of records must keep: for tests and small runs.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "trace/record/sink.h"
#include "trace/record/unit_info.h"

namespace tessera::trace {

class Collector : public Consumer {
 public:
  struct Item {
    std::uint64_t id = 0;
    Record record;
    std::optional<Waits> waits;  // of the extension, where one followed
  };

  // Without a unit table only the rules that need none are checked.
  explicit Collector(std::vector<UnitInfo> units = {}) : units_(std::move(units)) {}

  void consume(std::span<const Record> records, std::uint64_t first_id) override;
  void finish(base::Ps end) override;

  [[nodiscard]] const std::vector<Item>& items() const { return items_; }
  [[nodiscard]] base::Ps end() const { return end_; }
  [[nodiscard]] bool finished() const { return finished_; }
  // One line per violation: end before start, cause not older, unknown unit, overlap on an exclusive lane,
  // extension without a transfer, ids that do not ascend, a span that ends after the run. Empty when all is well.
  [[nodiscard]] std::vector<std::string> violations() const;

 private:
  std::vector<UnitInfo> units_;
  std::vector<Item> items_;
  std::vector<std::string> early_;  // seen while consuming
  base::Ps end_{0};
  bool finished_ = false;
};

}  // namespace tessera::trace
