// Why an action of a policy is not legal (docs/semantics.md 7.7 to 7.13, 7.23, 7.28). The dispatcher's enum
// scheduler::Illegal numbers them; its texts, the trace's words and docs/trace.md come from here.
#pragma once

#include <array>
#include <cstdint>
#include <string_view>

#include "trace/record/words.h"

namespace tessera::trace {

struct RefusalSpec {
  std::string_view word;
  std::string_view text;
};
inline constexpr std::array kRefusals{
    RefusalSpec{"none", "legal"},
    RefusalSpec{"unknown_tile", "there is no such tile"},
    RefusalSpec{"unknown_core", "there is no such core"},
    RefusalSpec{"unknown_channel", "there is no such DMA channel"},
    RefusalSpec{"not_ready",
                "the tile is not ready: an edge of the tile graph, its request or the slice before is open"},
    RefusalSpec{"already_dispatched", "the tile was dispatched before"},
    RefusalSpec{"wrong_core", "a later slice runs on the core of its group"},
    RefusalSpec{"open_groups", "the core has as many open groups as output slots"},
    RefusalSpec{"queue_full", "the core's queue is full"},
    RefusalSpec{"no_input_slot", "every input slot of the core is in use"},
    RefusalSpec{"no_weight_slot", "every weight slot of the core is in use"},
    RefusalSpec{"not_constant", "only a constant operand can be prefetched"},
    RefusalSpec{"resident", "the operand is there or on its way"},
    RefusalSpec{"prefetch_under_way", "another prefetch is filling in that region of the core"},
    RefusalSpec{"no_slot_for_prefetch",
                "every slot of the region is in use or holds a prefetch that no tile has used yet"},
    RefusalSpec{"time_passed", "the time to wait for has passed"},
    RefusalSpec{"not_first_slice", "a group is taken back by its first slice"},
    RefusalSpec{"not_dispatched", "the tile is not dispatched"},
    RefusalSpec{"under_decision",
                "the decision on the tile, on a slice of its group or on taking it back is under way"},
    RefusalSpec{"started",
                "the tile or a slice of its group has begun: a packet of its loads was sent, or its unit or "
                "its store took it"},
    RefusalSpec{"load_shared", "another tile waits for what is loaded for this one"},
    RefusalSpec{"operand_forgotten", "the shared SRAM was told to forget an operand that the tile found in its slot"},
    RefusalSpec{"taken_back_before",
                "the tile was taken back before, and no result was stored and no request arrived since"},
    RefusalSpec{"rate_too_low", "at that rate a packet would hold the channel for more than 65,536 cycles"},
    RefusalSpec{"rate_too_high", "the machine lets the channel move less"},
    RefusalSpec{"capped_before",
                "the channel's rate was set before, and since then nothing was dispatched, no transfer ended, no "
                "result was stored, no request arrived and no sleep ended"},
};
inline constexpr int kRefusalCount = kRefusals.size();
inline constexpr std::array<std::string_view, kRefusalCount> kRefusalWords = [] {
  std::array<std::string_view, kRefusalCount> words{};
  for (std::size_t i = 0; i < words.size(); ++i) words[i] = kRefusals[i].word;
  return words;
}();

}  // namespace tessera::trace
