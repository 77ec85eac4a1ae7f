// The access patterns that DRAM models are compared on.
//
//   seq16M       one sequential read stream of 16 MiB          wr1M        the same of writes
//   str4         4 read streams, 4 MiB in all, 64 MiB apart: the same bank, other rows
//   rw           2 MiB of reads and 2 MiB of writes at once, 64 MiB apart
//   copy         the same, but a write waits until one more read than writes before it has returned
//   str4_skew, rw_skew, copy_skew     stream i shifted by i rows over all bank groups: other banks
//   tile4k       a tile of 64 rows x 256 B at a pitch of 4 KiB   tile4kx16   sixteen of them side by side
//   rand         65,536 reads of one burst at random within 256 MiB
//   chase        4,096 of them, each after the answer to the one before
#pragma once

#include <string>
#include <vector>

#include "arch/dram/address_map.h"
#include "arch/dram/standard.h"

namespace tessera::arch {

// Bursts in order. The head of a stream blocks what is behind it.
struct AccessStream {
  std::vector<std::int64_t> addresses;
  bool write = false;
  bool serial = false;      // each waits for the answer to the one before
  std::int32_t after = -1;  // element k waits until k + 1 answers of this stream are in
};
struct AccessPattern {
  std::string name;
  std::vector<AccessStream> streams;
  [[nodiscard]] std::int64_t bursts() const;
};

// A stream dealt out to the channels: one stream in order for each, none of which waits for another channel. A pattern
// of which an element waits for an element on another channel (copy, where the channels do not divide 64 MiB) cannot be
// dealt.
[[nodiscard]] base::Result<AccessPattern> dealt_to_channels(const AccessPattern& pattern, const AddressMap& map,
                                                            std::int64_t channels);

[[nodiscard]] base::Result<AccessPattern> make_access_pattern(const std::string& name, const DramStandard& standard,
                                                              std::int64_t channels);

}  // namespace tessera::arch
