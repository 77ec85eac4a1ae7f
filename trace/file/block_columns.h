// What encoder and decoder of a block agree on: which columns a scope has, and what their differences are against.
#pragma once

#include <cstddef>
#include <cstdint>

#include "trace/record/record.h"

namespace tessera::trace {

inline constexpr std::size_t kScopes = 9;
inline constexpr std::size_t kNames = 20;

// Deltas wrap around: any two values have one, and adding it gives the value back.
inline std::int64_t delta(std::int64_t value, std::int64_t previous) {
  return static_cast<std::int64_t>(static_cast<std::uint64_t>(value) - static_cast<std::uint64_t>(previous));
}
inline std::int64_t plus(std::int64_t a, std::int64_t b) {
  return static_cast<std::int64_t>(static_cast<std::uint64_t>(a) + static_cast<std::uint64_t>(b));
}

// What the deltas of one scope's columns are against: the values of its last record.
struct Previous {
  std::uint64_t id = 0;
  std::int64_t end = 0, address = 0, value = 0, tile = 0;
  std::int32_t unit = 0, name = 0, request = 0, op = 0;
};

// What the payload column of a scope holds: an address, MACs, or else a plain value.
inline bool has_address(std::size_t scope) {
  return scope == static_cast<std::size_t>(Scope::dma) || scope == static_cast<std::size_t>(Scope::dram);
}
inline bool has_macs(std::size_t scope) { return scope == static_cast<std::size_t>(Scope::pe); }

}  // namespace tessera::trace
