// Names from foreign files as text: UTF-8 whatever bytes the file holds.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>

namespace tessera::base {

// Length of the UTF-8 sequence at `at`, or 0 where the bytes are none (overlong forms and surrogates included).
[[nodiscard]] std::size_t utf8_sequence(std::string_view text, std::size_t at);
// The text itself where it is UTF-8; each byte that belongs to no sequence becomes four characters such as \xFE.
[[nodiscard]] std::string as_utf8(std::string_view text);

}  // namespace tessera::base
