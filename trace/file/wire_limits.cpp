#include "trace/file/wire_limits.h"

#include <algorithm>
#include <array>
#include <cassert>
#include <optional>

#include "base/varint.h"

namespace tessera::trace {
namespace {

constexpr std::size_t kMostFields = 64;  // of one message

// What stands behind a tag; nothing where the bytes end.
std::optional<std::string_view> take_value(std::string_view& in, std::uint64_t wire_type) {
  std::uint64_t length = 0;
  switch (wire_type) {
    case 0: {
      const std::string_view before = in;
      if (!base::take_varint(in)) return std::nullopt;
      return before.substr(0, before.size() - in.size());
    }
    case 1: length = 8; break;
    case 2: {
      const auto given = base::take_varint(in);
      if (!given) return std::nullopt;
      length = *given;
      break;
    }
    case 5: length = 4; break;
    default: return std::nullopt;  // groups: no message of a trace has one
  }
  if (length > in.size()) return std::nullopt;
  const std::string_view value = in.substr(0, length);
  in.remove_prefix(length);
  return value;
}

// Numbers of a packed list: each ends with the byte that lacks the high bit.
std::uint64_t numbers_in(std::string_view packed) {
  return static_cast<std::uint64_t>(
      std::count_if(packed.begin(), packed.end(), [](char c) { return (static_cast<unsigned char>(c) & 0x80) == 0; }));
}

}  // namespace

bool within_limits(std::string_view message, std::span<const WireLimit> limits) {
  assert(limits.size() <= kMostFields);
  std::array<std::uint64_t, kMostFields> seen{};
  while (!message.empty()) {
    const auto tag = base::take_varint(message);
    if (!tag) return true;
    const auto value = take_value(message, *tag & 7);
    if (!value) return true;
    const auto limit = std::find_if(limits.begin(), limits.end(), [&](const WireLimit& l) {
      return l.field == static_cast<std::uint64_t>(*tag >> 3);
    });
    if (limit == limits.end()) continue;
    std::uint64_t& count = seen[static_cast<std::size_t>(limit - limits.begin())];
    count += limit->packed && (*tag & 7) == 2 ? numbers_in(*value) : 1;
    if (count > limit->most) return false;
    if (!limit->inside.empty() && !within_limits(*value, limit->inside)) return false;
  }
  return true;
}

}  // namespace tessera::trace
