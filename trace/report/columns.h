// What the tables on a screen show: a title, the measure behind it, and how its value is written. Private to text.cpp
// (the tables) and legend.cpp (what the titles mean).
#pragma once

#include <array>
#include <string_view>

namespace tessera::trace {

enum class Show : std::uint8_t {
  plain,    // a count or a text
  percent,  // of a ratio
  share,    // of the window, in percent
  us,       // picoseconds in microseconds
  mega,     // bytes in 10^6 bytes
  giga,     // bytes per second in 10^9 bytes per second
};

struct Column {
  std::string_view title, id;
  Show show;
  int width;
};

inline constexpr std::array kCoreColumns{
    Column{"array busy", "pe_time_utilization", Show::percent, 12},
    Column{"MAC util.", "pe_mac_utilization", Show::percent, 11},
    Column{"overlap", "overlap_ratio", Show::percent, 11},
    Column{"hidden", "hidden_transfer", Show::percent, 11},
    Column{"exposed", "exposed_transfer", Show::percent, 11},
    Column{"MACs", "macs", Show::plain, 15},
};

inline constexpr std::array kChannelColumns{
    Column{"read MB", "read_bytes", Show::mega, 10},   Column{"write MB", "write_bytes", Show::mega, 11},
    Column{"GB/s", "bytes_per_second", Show::giga, 9}, Column{"of peak", "utilization", Show::percent, 9},
    Column{"active", "active_ps", Show::share, 9},     Column{"transfers", "transfers", Show::plain, 10},
};

inline constexpr std::array kOperatorColumns{
    Column{"active us", "active_ps", Show::us, 14},  Column{"share", "active_ps", Show::share, 8},
    Column{"tiles", "tiles", Show::plain, 9},        Column{"MACs", "macs", Show::plain, 14},
    Column{"read MB", "read_bytes", Show::mega, 10}, Column{"write MB", "write_bytes", Show::mega, 10},
};

// Of one latency; ids follow the latency's own ("request_latency").
inline constexpr std::array kLatencyColumns{
    Column{"samples", ".samples", Show::plain, 9}, Column{"mean", ".mean_ps", Show::us, 12},
    Column{"P50", ".p50_ps", Show::us, 12},        Column{"P90", ".p90_ps", Show::us, 12},
    Column{"P99", ".p99_ps", Show::us, 12},        Column{"max", ".max_ps", Show::us, 12},
};

}  // namespace tessera::trace
