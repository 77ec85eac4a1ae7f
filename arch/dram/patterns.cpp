#include "arch/dram/patterns.h"

#include <algorithm>
#include <charconv>
#include <optional>

namespace tessera::arch {
namespace {

constexpr std::int64_t kKiB = 1024, kMiB = 1024 * kKiB;
constexpr std::int64_t kStreamDistance = 64 * kMiB;
constexpr std::int64_t kManyStreams = 4 * kMiB;  // bytes of all streams together
constexpr std::int64_t kRandomRange = 256 * kMiB;
constexpr std::int64_t kLargest = 256 * kMiB;

// "16M" after the prefix; the whole rest must be a number, with K, M or G where `unit` says so.
std::optional<std::int64_t> number_after(const std::string& name, std::string_view prefix, bool unit) {
  if (!name.starts_with(prefix)) return std::nullopt;
  const char* first = name.data() + prefix.size();
  const char* last = name.data() + name.size();
  std::int64_t value = 0;
  const auto [end, error] = std::from_chars(first, last, value);
  if (error != std::errc{} || value <= 0 || value > kLargest) return std::nullopt;
  if (end == last) return unit ? std::nullopt : std::optional(value);
  if (!unit || end + 1 != last) return std::nullopt;
  const std::int64_t scale = *end == 'K' ? kKiB : *end == 'M' ? kMiB : *end == 'G' ? 1024 * kMiB : 0;
  if (scale == 0 || value > kLargest / scale) return std::nullopt;
  return value * scale;
}

AccessStream sequential(std::int64_t base, std::int64_t bytes, std::int64_t burst, bool write) {
  AccessStream stream;
  stream.write = write;
  stream.addresses.reserve(static_cast<std::size_t>(bytes / burst));
  for (std::int64_t at = 0; at + burst <= bytes; at += burst) stream.addresses.push_back(base + at);
  return stream;
}

// A 64-bit mix of a counter (splitmix): the same numbers on every machine.
std::uint64_t mix(std::uint64_t x) {
  x += 0x9e3779b97f4a7c15u;
  x = (x ^ (x >> 30)) * 0xbf58476d1ce4e5b9u;
  x = (x ^ (x >> 27)) * 0x94d049bb133111ebu;
  return x ^ (x >> 31);
}

// Reads of `bytes` each, at multiples of 64 B.
AccessStream random_reads(std::int64_t count, std::int64_t bytes, std::int64_t burst, bool serial) {
  constexpr std::uint64_t kPlaces = kRandomRange / 64;
  AccessStream stream;
  stream.serial = serial;
  for (std::int64_t i = 0; i < count; ++i) {
    const auto at = static_cast<std::int64_t>(mix(static_cast<std::uint64_t>(i)) % kPlaces) * 64;
    for (std::int64_t part = 0; part < bytes; part += burst) stream.addresses.push_back(at + part);
  }
  return stream;
}

AccessStream tiles(std::int64_t pitch, std::int64_t count, std::int64_t burst) {
  constexpr std::int64_t kRows = 64, kRowBytes = 256;
  AccessStream stream;
  for (std::int64_t tile = 0; tile < count; ++tile) {
    for (std::int64_t row = 0; row < kRows; ++row) {
      for (std::int64_t at = 0; at < kRowBytes; at += burst)
        stream.addresses.push_back(tile * kRowBytes + row * pitch + at);
    }
  }
  return stream;
}

// tile<K>k or tile<K>kx<N>
std::optional<AccessStream> parse_tiles(const std::string& name, std::int64_t burst) {
  const auto k = name.find('k');
  if (k == std::string::npos) return std::nullopt;
  const auto pitch = number_after(name.substr(0, k), "tile", false);
  const auto count =
      k + 1 == name.size() ? std::optional<std::int64_t>(1) : number_after(name.substr(k + 1), "x", false);
  if (!pitch || !count || *pitch > 1024 || *count > 1024 || *count * 256 > *pitch * kKiB) return std::nullopt;
  return tiles(*pitch * kKiB, *count, burst);
}

}  // namespace

std::int64_t AccessPattern::bursts() const {
  std::int64_t sum = 0;
  for (const auto& stream : streams) sum += static_cast<std::int64_t>(stream.addresses.size());
  return sum;
}

base::Result<AccessPattern> dealt_to_channels(const AccessPattern& pattern, const AddressMap& map,
                                              std::int64_t channels) {
  const auto channel_of = [&map](std::int64_t address) { return map.locate(address).channel; };
  AccessPattern dealt{pattern.name, {}};
  for (const AccessStream& stream : pattern.streams) {
    if (stream.after >= 0) {
      const auto& before = pattern.streams[static_cast<std::size_t>(stream.after)].addresses;
      const auto same = [&](std::int64_t a, std::int64_t b) { return channel_of(a) == channel_of(b); };
      if (!std::equal(stream.addresses.begin(), stream.addresses.end(), before.begin(), before.end(), same)) {
        return base::failure("pattern " + pattern.name + " waits from channel to channel with " +
                             std::to_string(channels) + " channels: it has no streams of single channels");
      }
    }
    const auto first = dealt.streams.size();
    for (std::int64_t c = 0; c < channels; ++c) {
      AccessStream part{{}, stream.write, stream.serial, -1};
      if (stream.after >= 0) part.after = static_cast<std::int32_t>(stream.after * channels + c);
      dealt.streams.push_back(std::move(part));
    }
    for (const std::int64_t address : stream.addresses)
      dealt.streams[first + static_cast<std::size_t>(channel_of(address))].addresses.push_back(address);
  }
  return dealt;
}

base::Result<AccessPattern> make_access_pattern(const std::string& name, const DramStandard& standard,
                                                std::int64_t channels) {
  const std::int64_t burst = standard.burst_bytes;
  AccessPattern pattern{name, {}};
  auto& streams = pattern.streams;
  const bool skewed = name.ends_with("_skew");
  const auto kind = skewed ? name.substr(0, name.size() - 5) : name;
  const std::int64_t skew =
      skewed ? standard.row_bytes * standard.bank_groups * (standard.pseudo_channels ? standard.units : 1) * channels
             : 0;
  const auto base = [&](std::int64_t i) { return i * (kStreamDistance + skew); };

  if (const auto n = number_after(kind, "str", false); n && *n <= 64) {
    for (std::int64_t i = 0; i < *n; ++i) streams.push_back(sequential(base(i), kManyStreams / *n, burst, false));
  } else if (kind == "rw" || kind == "copy") {
    streams.push_back(sequential(base(0), kManyStreams / 2, burst, false));
    streams.push_back(sequential(base(1), kManyStreams / 2, burst, true));
    if (kind == "copy") streams[1].after = 0;
  } else if (!skewed) {
    const auto read = number_after(name, "seq", true), write = number_after(name, "wr", true);
    if (read) {
      streams.push_back(sequential(0, *read, burst, false));
    } else if (write) {
      streams.push_back(sequential(0, *write, burst, true));
    } else if (auto tile = parse_tiles(name, burst)) {
      streams.push_back(std::move(*tile));
    } else if (name == "rand") {
      streams.push_back(random_reads(65'536, 64, burst, false));
    } else if (name == "chase") {
      streams.push_back(random_reads(4'096, burst, burst, true));
    }
  }
  if (streams.empty() || pattern.bursts() == 0) {
    return base::failure("unknown access pattern \"" + name +
                         "\": use seq16M, wr1M (any size up to 256M), str4 (1 to 64), rw, copy, each of these three "
                         "also with _skew, tile4k, tile4kx16, rand or chase");
  }
  return pattern;
}

}  // namespace tessera::arch
