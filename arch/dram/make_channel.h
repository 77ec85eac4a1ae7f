// A channel with the controller that its standard names.
#pragma once

#include <memory>

#include "arch/dram/channel.h"

namespace tessera::arch {

[[nodiscard]] std::unique_ptr<Channel> make_channel(const DramStandard& standard, const ChannelOptions& options);

}  // namespace tessera::arch
