// What a machine file says about energy: a table of figures by technology, the memory's section in it, and figures of
// the user's own that go before the table's.
//
// The tables themselves (configs/energy) are read by arch/energy. This list names every figure that is one number;
// the SRAM's, which depend on capacity and width, stand in a table only.
#pragma once

#include <array>
#include <cstdint>
#include <map>
#include <string>
#include <string_view>

#include "arch/spec/energy_value.h"

namespace tessera::arch {

struct EnergyFigureInfo {
  std::string_view name;  // "mac.int8": key in a table and, behind "energy.", in a machine file
  EnergyKind kind;
  std::string_view text;
};

inline constexpr std::array kEnergyFigures{
    EnergyFigureInfo{"mac.int4", EnergyKind::mac, "one multiply-accumulate at int4"},
    EnergyFigureInfo{"mac.int8", EnergyKind::mac, "one multiply-accumulate at int8"},
    EnergyFigureInfo{"mac.fp8", EnergyKind::mac, "one multiply-accumulate at fp8"},
    EnergyFigureInfo{"mac.int16", EnergyKind::mac, "one multiply-accumulate at int16"},
    EnergyFigureInfo{"mac.bf16", EnergyKind::mac, "one multiply-accumulate at bf16"},
    EnergyFigureInfo{"mac.fp16", EnergyKind::mac, "one multiply-accumulate at fp16"},
    EnergyFigureInfo{"mac.fp32", EnergyKind::mac, "one multiply-accumulate at fp32"},
    EnergyFigureInfo{"vector_add.int4", EnergyKind::op, "one addition or comparison of a vector lane at int4"},
    EnergyFigureInfo{"vector_add.int8", EnergyKind::op, "one addition or comparison of a vector lane at int8"},
    EnergyFigureInfo{"vector_add.fp8", EnergyKind::op, "one addition or comparison of a vector lane at fp8"},
    EnergyFigureInfo{"vector_add.int16", EnergyKind::op, "one addition or comparison of a vector lane at int16"},
    EnergyFigureInfo{"vector_add.bf16", EnergyKind::op, "one addition or comparison of a vector lane at bf16"},
    EnergyFigureInfo{"vector_add.fp16", EnergyKind::op, "one addition or comparison of a vector lane at fp16"},
    EnergyFigureInfo{"vector_add.fp32", EnergyKind::op, "one addition or comparison of a vector lane at fp32"},
    EnergyFigureInfo{"vector_multiply.int4", EnergyKind::op, "one multiplication of a vector lane at int4"},
    EnergyFigureInfo{"vector_multiply.int8", EnergyKind::op, "one multiplication of a vector lane at int8"},
    EnergyFigureInfo{"vector_multiply.fp8", EnergyKind::op, "one multiplication of a vector lane at fp8"},
    EnergyFigureInfo{"vector_multiply.int16", EnergyKind::op, "one multiplication of a vector lane at int16"},
    EnergyFigureInfo{"vector_multiply.bf16", EnergyKind::op, "one multiplication of a vector lane at bf16"},
    EnergyFigureInfo{"vector_multiply.fp16", EnergyKind::op, "one multiplication of a vector lane at fp16"},
    EnergyFigureInfo{"vector_multiply.fp32", EnergyKind::op, "one multiplication of a vector lane at fp32"},
    EnergyFigureInfo{"interconnect", EnergyKind::byte, "a byte between DMA and memory"},
    EnergyFigureInfo{"leakage.pe", EnergyKind::power,
                     "idle power of one PE with its share of the chip: leakage, clocks, SRAM, interfaces; stands for "
                     "leakage.core, leakage.shared_sram and leakage.uncore where the first is not given"},
    EnergyFigureInfo{"leakage.core", EnergyKind::power, "leakage of one core: array, vector unit and SRAM"},
    EnergyFigureInfo{"leakage.shared_sram", EnergyKind::power, "leakage of the shared SRAM"},
    EnergyFigureInfo{"leakage.uncore", EnergyKind::power, "leakage of DMA, interconnect and schedulers"},
};

// Figures of one memory: either `bit` for everything, or `read` and `write` with what comes on top of them.
inline constexpr std::array kDramFigures{
    EnergyFigureInfo{"bit", EnergyKind::byte, "a byte read from or written to DRAM, all included"},
    EnergyFigureInfo{"read", EnergyKind::byte, "a byte of a read burst"},
    EnergyFigureInfo{"write", EnergyKind::byte, "a byte of a write burst"},
    EnergyFigureInfo{"activate", EnergyKind::event, "an activate and its precharge"},
    EnergyFigureInfo{"refresh", EnergyKind::event, "an all-bank refresh"},
    EnergyFigureInfo{"background", EnergyKind::power, "one channel in standby, rows open"},
};

struct EnergySpec {
  std::string table = "generic_45nm";           // a built-in name, a file, or "none"
  std::string dram;                             // section of the table; empty: dram.standard
  std::map<std::string, std::int64_t> figures;  // by name ("mac.int8", "dram_figures.read"), as parse_energy gives them
  [[nodiscard]] bool on() const { return table != "none"; }
  friend bool operator==(const EnergySpec&, const EnergySpec&) = default;
};

// Prefix of the memory's figures in EnergySpec::figures and, behind "energy.", in a machine file.
inline constexpr std::string_view kDramFigurePrefix = "dram_figures.";

}  // namespace tessera::arch
