// The unit table of a machine: which lane number each unit records on. One place decides the order, which is also
// the order of unit ids that breaks ties between events of one time (docs/semantics.md 1.9).
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "trace/record/record.h"
#include "trace/record/unit_info.h"

namespace tessera::trace {

class Lanes {
 public:
  struct Shape {
    std::uint16_t cores = 1;
    std::uint16_t schedulers = 1;
    std::uint16_t channels = 1;
    std::uint16_t slots[3] = {2, 2, 2};  // per region: input, weight, output
    std::uint16_t dram_channels = 1;
  };
  explicit Lanes(const Shape&);

  [[nodiscard]] std::uint16_t host() const { return 0; }
  [[nodiscard]] std::uint16_t scheduler(std::uint32_t i) const { return static_cast<std::uint16_t>(1 + i); }
  [[nodiscard]] std::uint16_t pe_array(std::uint32_t core) const { return at(core, 0); }
  [[nodiscard]] std::uint16_t pe_drain(std::uint32_t core) const { return at(core, 1); }
  [[nodiscard]] std::uint16_t vector_unit(std::uint32_t core) const { return at(core, 2); }
  [[nodiscard]] std::uint16_t slot(std::uint32_t core, Operand operand, std::uint32_t slot) const {
    const auto region = static_cast<std::size_t>(operand);
    return at(core, 3 + region_start_[region] + slot);
  }
  [[nodiscard]] std::uint16_t channel(std::uint32_t i) const { return static_cast<std::uint16_t>(channels_ + i); }
  [[nodiscard]] std::uint16_t interconnect() const { return noc_; }
  [[nodiscard]] std::uint16_t dram_channel(std::uint32_t i) const { return static_cast<std::uint16_t>(noc_ + 1 + i); }

  [[nodiscard]] std::uint16_t power() const { return static_cast<std::uint16_t>(units_.size() - 1); }

  // Lanes of host spans that may overlap with others of their kind (operators, requests) are given by the exporter.
  [[nodiscard]] const std::vector<UnitInfo>& units() const { return units_; }  // by lane number
  [[nodiscard]] const Shape& shape() const { return shape_; }

 private:
  [[nodiscard]] std::uint16_t at(std::uint32_t core, std::uint32_t i) const {
    return static_cast<std::uint16_t>(cores_ + core * per_core_ + i);
  }
  Shape shape_;
  std::uint16_t cores_ = 0, per_core_ = 0, channels_ = 0, noc_ = 0;
  std::uint32_t region_start_[3] = {0, 0, 0};
  std::vector<UnitInfo> units_;
};

}  // namespace tessera::trace
