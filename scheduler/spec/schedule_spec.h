// The schedule half of a run: what a compiler decides, as against what silicon fixes. Comes from the run file
// (docs/semantics.md 4.1 and 4.2).
#pragma once

#include <array>
#include <cstdint>
#include <filesystem>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "base/result.h"
#include "base/units.h"

namespace tessera::scheduler {

// How the groups of an operator are dealt to the cores (Group::core_hint): `chunks` = contiguous runs of ids, so that a
// core keeps the operand of the outer loop; `columns` = each core has a part of the inner loop, whose operand it keeps.
enum class Deal : std::uint8_t { chunks, columns };

// Explicit tile sizes for the operators whose name matches `pattern` (glob: * and ?). 0 = automatic.
//
// A held rule is what a run chose for the one operator that `pattern` is the name of. All of it counts as it is: sizes
// are no upper limits, and what does not fit is an error. Movements can be held too.
struct TileRule {
  std::string pattern = "*";
  std::int64_t m = 0;           // output rows (rows of a GEMM's result)
  bool line = false;            // m: one line of outputs, see rows()
  std::int64_t w = 0;           // output columns; 0 = automatic, with m given: full width where it fits
  std::int64_t n = 0;           // output channels
  std::int64_t k = 0;           // input channels of one slice (whole kernel window); 0 = as many as fit
  bool whole_input = false;     // every tile's input is the whole image where a slot holds it: loaded once, no halo
  std::string loop_order = {};  // permutation of "bgnm", "auto", or empty = the run's
  base::SourceLocation where = {};
  // Of held rules.
  bool held = false;
  std::int64_t b = 0;  // images of a block
  Deal deal = Deal::chunks;
  std::int64_t cores = 0;  // that the groups are dealt to; 0: all

  // `m` of an operator whose output is so wide. A line is one row of an image; where rows are a single point wide, as
  // those of a matrix are, they lie side by side: the line has as many as fit.
  [[nodiscard]] std::int64_t rows(std::int64_t out_w) const { return line ? (out_w > 1 ? 1 : 0) : m; }
  [[nodiscard]] bool has_sizes(std::int64_t out_w) const { return rows(out_w) > 0 || w > 0 || n > 0; }
};

enum class CoreSplit : std::uint8_t { n, m, none };
enum class ChannelBinding : std::uint8_t { statically, dynamically, per_core };

// The channels of one core, where the machine's are cut evenly between its cores (binding: per_core): the first of
// them and how many. Cores beyond the number of channels share one.
struct CoreChannels {
  std::int64_t first = 0, count = 1;
  constexpr CoreChannels(std::int64_t core, std::int64_t channels, std::int64_t cores)
      : first(core * channels / cores), count(channels > cores ? channels / cores : 1) {}
};

// A whole number (also a built-in policy's flag: 0 or 1), a number, a flag or a text.
using OptionValue = std::variant<std::int64_t, double, bool, std::string>;
using OptionValues = std::map<std::string, OptionValue, std::less<>>;

struct ActionPlan;  // scheduler/policy/action_plan.h

// The policy that a run has: a built-in one, or one of a file.
struct PolicySpec {
  // The best of the built-in policies in the geometric mean over networks and machines (docs/policies.md).
  static constexpr const char* kDefault = "lookahead";

  std::string name = kDefault;  // built in; or the file as the run names it
  // Of built-in policies, by key ("window"); one that is not here has the default that the policy's own file declares.
  OptionValues options = {};
  std::filesystem::path file = {};  // a plug-in (docs/policies.md), from the working directory; empty: built in
  OptionValues file_options = {};   // scheduler.options: what a plug-in is given
  std::shared_ptr<const ActionPlan> plan = {};  // what the policy `static` follows: scheduler.table, read
  base::Ps time_limit = kAnswerLimit;           // wall time that one call of a plug-in may take

  static constexpr base::Ps kAnswerLimit{10'000'000'000'000};

  // A path ("./libmine.so") is no name of a built-in policy.
  [[nodiscard]] static bool names_file(std::string_view name) {
    return name.find('/') != std::string_view::npos || name.ends_with(".so") || name.ends_with(".py");
  }
};

struct ScheduleSpec {
  std::array<std::int64_t, 3> buffers{2, 2, 2};  // slots of input, weight, output region
  // Instead of what the tiling finds best up to `buffers`, and no more than these; 0: not held.
  std::array<std::int64_t, 3> held_slots{0, 0, 0};
  std::int64_t dma_split = 1;  // parts of one transfer
  ChannelBinding binding = ChannelBinding::dynamically;
  std::array<std::int64_t, 3> static_channel{0, 0, 0};  // by operand, binding: static; per_core: of the core's
  std::vector<TileRule> tiles;                          // first match wins
  std::string loop_order = "auto";
  CoreSplit core_split = CoreSplit::none;
  PolicySpec policy;
};

// One request of a list.
struct RequestEntry {
  base::Ps arrival{0};        // from the first arrival on
  std::int32_t priority = 0;  // the higher goes first
  base::Ps deadline{0};       // after its arrival; 0: none
};

// When the requests of a run arrive, and what is asked of them: at one interval, or as a list says.
struct RequestSpec {
  std::int64_t count = 1;            // of a list its length
  base::Ps interval{0};              // without a list: from one arrival to the next
  base::Ps deadline{0};              // without a list: of each, after its arrival; 0: none
  std::vector<RequestEntry> list{};  // ascending arrivals, the first 0; empty: by count and interval

  [[nodiscard]] RequestEntry at(std::int64_t request) const {
    return list.empty() ? RequestEntry{interval * request, 0, deadline} : list[static_cast<std::size_t>(request)];
  }
};

}  // namespace tessera::scheduler
