// CRC-32C (Castagnoli), as in iSCSI and ext4: crc32c("123456789") = 0xe3069283. Continue with crc of what came before.
#pragma once

#include <cstdint>
#include <string_view>

namespace tessera::trace {

[[nodiscard]] std::uint32_t crc32c(std::string_view bytes, std::uint32_t crc = 0);

}  // namespace tessera::trace
