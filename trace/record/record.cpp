#include "trace/record/record.h"

namespace tessera::trace {
namespace {

template <std::size_t N, class E>
std::string_view name_of(const std::array<std::string_view, N>& names, E value) {
  const auto i = static_cast<std::size_t>(value);
  return i < N ? names[i] : std::string_view{"?"};
}

constexpr std::array<std::string_view, 9> kScopes{"scheduler", "dma", "sram", "pe",     "vector",
                                                  "dram",      "noc", "host", "counter"};
constexpr std::array<std::string_view, 20> kNames{
    "arrival", "decision", "prefetch",   "load",     "store", "compute", "drain",    "vector",  "post", "stall",
    "fill",    "hold",     "accumulate", "draining", "waits", "counter", "operator", "request", "fold", "burst"};
constexpr std::array<std::string_view, kReasonCount> kReasons{
    "none",     "no_work",   "pe_result", "barrier",     "dependence", "operand_slot",  "scheduler",   "policy",
    "dispatch", "dma_queue", "load",      "output_slot", "sync",       "sram_conflict", "trace_buffer"};
constexpr std::array<std::string_view, 4> kOperands{"input", "weight", "output", "none"};
constexpr std::array<std::string_view, 9> kLinks{"none",  "dependence",  "barrier", "scheduler", "operand_slot",
                                                 "queue", "output_slot", "array",   "start_of"};

}  // namespace

std::string_view to_string(Scope v) { return name_of(kScopes, v); }
std::string_view to_string(Name v) { return name_of(kNames, v); }
std::string_view to_string(Reason v) { return name_of(kReasons, v); }
std::string_view to_string(Operand v) { return name_of(kOperands, v); }
std::string_view to_string(Link v) { return name_of(kLinks, v); }

}  // namespace tessera::trace
