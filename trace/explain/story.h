// A trace in memory, with what questions about it need: records by id, by tile and by unit, who waits for whom, and the
// critical path. About 110 bytes a record. Folds, packets at the DRAM and samples are left out: no explanation needs
// them.
#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <vector>

#include "base/clock.h"
#include "base/result.h"
#include "trace/analysis/critical_path.h"
#include "trace/file/reader.h"
#include "trace/file/run_facts.h"
#include "trace/file/tile_table.h"

namespace tessera::trace {

struct Event {
  std::uint64_t id = 0;
  Record record;
  Waits waits;  // of a transfer
};

class Story : public Consumer {
 public:
  // Both outlive the story. `trailer` null: the trace is truncated.
  Story(const TraceHeader&, const TileTable&, const Trailer* trailer);

  void consume(std::span<const Record> records, std::uint64_t first_id) override;
  void finish(base::Ps end) override;

  [[nodiscard]] const TraceHeader& header() const { return header_; }
  [[nodiscard]] const TileTable& table() const { return table_; }
  [[nodiscard]] const RunFacts& facts() const { return facts_; }
  [[nodiscard]] const base::Clock& clock() const { return clock_; }  // of the cores
  [[nodiscard]] base::Ps end() const { return end_; }
  [[nodiscard]] bool clean() const { return clean_; }  // the run ended well, and the trace is whole
  [[nodiscard]] const CriticalPath& path() const { return walk_.path(); }

  // In the order of their ids, which is that of their ends.
  [[nodiscard]] const std::vector<Event>& events() const { return events_; }
  [[nodiscard]] const Event* find(std::uint64_t id) const;  // null: there is none
  [[nodiscard]] std::span<const std::uint32_t> of_tile(std::uint32_t tile) const { return by_tile_[tile]; }
  [[nodiscard]] std::span<const std::uint32_t> of_unit(std::uint32_t unit) const { return by_unit_[unit]; }
  // Caps of channels that the policy set and lifted, in order of their ends.
  [[nodiscard]] std::span<const std::uint32_t> caps() const { return caps_; }
  [[nodiscard]] const Event& at(std::uint32_t index) const { return events_[index]; }
  // Last tiles of the groups that the group of `tile` waits for, as edges of the table.
  [[nodiscard]] std::span<const TileTable::Edge> producers(std::uint32_t tile) const { return by_to_[tile]; }

  [[nodiscard]] const TileTable::Tile& tile(std::uint32_t t) const { return table_.tiles[t]; }
  [[nodiscard]] std::uint32_t first_of_group(std::uint32_t t) const { return t - tile(t).slice; }
  [[nodiscard]] std::uint32_t last_of_group(std::uint32_t t) const;
  [[nodiscard]] const Event* arrival(std::uint32_t request) const;
  [[nodiscard]] bool has_answers() const { return facts_.decisions != 0 && !header_.device; }

 private:
  // Lists by number, one behind the other.
  template <class T>
  class Lists {
   public:
    // `key(i)`: of element i, or kNone.
    static constexpr std::uint32_t kNone = 0xffffffff;
    template <class Key, class Value>
    void build(std::size_t lists, std::size_t elements, const Key& key, const Value& value) {
      start_.assign(lists + 1, 0);
      for (std::size_t i = 0; i < elements; ++i)
        if (key(i) < lists) ++start_[key(i) + 1];
      for (std::size_t l = 0; l < lists; ++l) start_[l + 1] += start_[l];
      items_.resize(start_[lists]);
      auto next = start_;
      for (std::size_t i = 0; i < elements; ++i)
        if (key(i) < lists) items_[next[key(i)]++] = value(i);
    }
    [[nodiscard]] std::span<const T> operator[](std::size_t list) const {
      if (list + 1 >= start_.size()) return {};
      return std::span<const T>(items_).subspan(start_[list], start_[list + 1] - start_[list]);
    }

   private:
    std::vector<std::size_t> start_;
    std::vector<T> items_;
  };

  const TraceHeader& header_;
  const TileTable& table_;
  RunFacts facts_;
  base::Clock clock_;
  bool clean_ = false;
  base::Ps end_{0};
  CriticalPathWalk walk_;
  std::vector<Event> events_;
  std::vector<std::uint32_t> caps_;
  Lists<std::uint32_t> by_tile_, by_unit_;
  Lists<TileTable::Edge> by_to_;
};

}  // namespace tessera::trace
