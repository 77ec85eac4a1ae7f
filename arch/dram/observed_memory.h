// Listens at the DRAM: every packet with its arrival and its answer, fetches and write-backs of a shared SRAM included.
#pragma once

#include <memory>
#include <vector>

#include "arch/dram/memory.h"

namespace tessera::arch {

class MemoryObserver {
 public:
  virtual ~MemoryObserver() = default;
  // In order of the answers' times.
  virtual void on_answer(const MemoryRequest& request, const MemoryAnswer& answer) = 0;
};

// A memory that tells an observer of every answer and is otherwise the memory inside.
class ObservedMemory final : public Memory {
 public:
  // `observer` outlives this.
  ObservedMemory(std::unique_ptr<Memory> inside, MemoryObserver& observer)
      : inside_(std::move(inside)), observer_(observer) {}

  void submit(const MemoryRequest& request) override {
    if (open_.size() <= request.tag) open_.resize(request.tag + 1u);
    open_[request.tag] = request;
    inside_->submit(request);
  }
  [[nodiscard]] base::Ps next() const override { return inside_->next(); }
  void advance(base::Ps until, std::vector<MemoryAnswer>& answers) override {
    const std::size_t first = answers.size();
    inside_->advance(until, answers);
    for (std::size_t i = first; i < answers.size(); ++i) observer_.on_answer(open_[answers[i].tag], answers[i]);
  }
  void no_arrival_before(base::Ps time) override { inside_->no_arrival_before(time); }
  [[nodiscard]] bool works_ahead() const override { return inside_->works_ahead(); }
  [[nodiscard]] base::Ps barrier() const override { return inside_->barrier(); }
  [[nodiscard]] MemoryStatistics statistics() const override { return inside_->statistics(); }

 private:
  std::unique_ptr<Memory> inside_;
  MemoryObserver& observer_;
  std::vector<MemoryRequest> open_;  // by tag: tags are small and unique among packets in flight
};

}  // namespace tessera::arch
