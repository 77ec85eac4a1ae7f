#include "scheduler/plugin/plugin_questions.h"

#include <algorithm>
#include <cstddef>

namespace tessera::scheduler {
namespace {

static_assert(static_cast<int>(Illegal::time_passed) == TESSERA_TIME_PASSED);
static_assert(static_cast<int>(Illegal::taken_back_before) == TESSERA_TAKEN_BACK_BEFORE);
static_assert(static_cast<int>(Illegal::capped_before) == TESSERA_CAPPED_BEFORE);
static_assert(static_cast<int>(Illegal::no_input_slot) == TESSERA_NO_INPUT_SLOT);
static_assert(static_cast<int>(Residency::full) == TESSERA_FULL);
static_assert(static_cast<int>(CoreUnit::vector_unit) == TESSERA_VECTOR_UNIT);
static_assert(EventSet{PolicyEvent::decision}.bits() == TESSERA_ON_DECISION && kPolicyEvents == 7);
static_assert(EventSet{PolicyEvent::transfer_done}.bits() == TESSERA_ON_TRANSFER_DONE);

Asked& asked(void* host) { return *static_cast<Asked*>(host); }

bool has_tile(Asked& a, const char* question, std::uint32_t tile) {
  return a.has_view(question) && a.has(question, "tile", tile, a.view->graph().tiles.size());
}
bool has_core(Asked& a, const char* question, std::uint32_t core) {
  return a.has_view(question) && a.has(question, "core", core, static_cast<std::uint64_t>(a.view->npu().cores));
}
bool has_kind(Asked& a, const char* question, std::uint32_t kind) {
  return a.has_view(question) && a.has(question, "kind", kind, kDispatchedKinds);
}
bool has_operand(Asked& a, const char* question, std::uint32_t operand) {
  return a.has(question, "operand", operand, 2);
}
bool has_unit(Asked& a, const char* question, std::uint32_t unit) { return a.has(question, "unit", unit, 2); }

std::uint32_t next_ready(void* host, std::uint32_t kind, std::uint32_t from) {
  Asked& a = asked(host);
  return has_kind(a, "next_ready", kind) ? a.view->next_ready(static_cast<TileKind>(kind), from) : kNoId;
}
std::int32_t ready(void* host, std::uint32_t tile) {
  Asked& a = asked(host);
  return has_tile(a, "ready", tile) && a.view->ready(tile) ? 1 : 0;
}
tessera_array continuations(void* host, std::uint32_t core) {
  Asked& a = asked(host);
  if (!has_core(a, "continuations", core)) return {nullptr, 0, sizeof(TileId)};
  const auto tiles = a.view->continuations(core);
  return {tiles.data(), tiles.size(), sizeof(TileId)};
}
std::uint32_t next_accepting(void* host, std::uint32_t kind, std::uint32_t from) {
  Asked& a = asked(host);
  return has_kind(a, "next_accepting", kind) ? a.view->next_accepting(static_cast<TileKind>(kind), from) : kNoId;
}
std::uint32_t next_continuing(void* host, std::uint32_t from) {
  Asked& a = asked(host);
  return a.has_view("next_continuing") ? a.view->next_continuing(from) : kNoId;
}
std::uint32_t check(void* host, const tessera_action* raw) {
  Asked& a = asked(host);
  if (!a.has_view("check")) return TESSERA_TIME_PASSED;
  Action action;
  if (raw == nullptr) {
    a.complain("check was asked of no action");
    return TESSERA_UNKNOWN_TILE;
  }
  if (const std::string wrong = read_action(*raw, action); !wrong.empty()) {
    a.complain("check was asked of " + wrong);
    return TESSERA_UNKNOWN_TILE;
  }
  return static_cast<std::uint32_t>(a.view->check(action));
}
const char* reason(void*, std::uint32_t why) {
  return why <= TESSERA_CAPPED_BEFORE ? to_string(static_cast<Illegal>(why)).data() : "";
}
std::int64_t missing_bytes(void* host, std::uint32_t tile, std::uint32_t core) {
  Asked& a = asked(host);
  return has_tile(a, "missing_bytes", tile) && has_core(a, "missing_bytes", core) ? a.view->missing_bytes(tile, core)
                                                                                  : 0;
}
std::uint32_t residency(void* host, std::uint32_t block, std::uint32_t operand, std::uint32_t core) {
  Asked& a = asked(host);
  if (!has_core(a, "residency", core) || !has_operand(a, "residency", operand)) return TESSERA_ABSENT;
  if (!a.has("residency", "block", block, a.view->graph().blocks.size())) return TESSERA_ABSENT;
  return static_cast<std::uint32_t>(a.view->residency(block, static_cast<std::uint8_t>(operand), core));
}
std::uint32_t queued(void* host, std::uint32_t core, std::uint32_t unit) {
  Asked& a = asked(host);
  return has_core(a, "queued", core) && has_unit(a, "queued", unit) ? a.view->queued(core, static_cast<CoreUnit>(unit))
                                                                    : 0;
}
std::uint32_t queued_tile(void* host, std::uint32_t core, std::uint32_t unit, std::uint32_t index) {
  Asked& a = asked(host);
  return has_core(a, "queued_tile", core) && has_unit(a, "queued_tile", unit)
             ? a.view->queued_tile(core, static_cast<CoreUnit>(unit), index)
             : kNoId;
}
std::int64_t busy_until(void* host, std::uint32_t core, std::uint32_t unit) {
  Asked& a = asked(host);
  return has_core(a, "busy_until_ps", core) && has_unit(a, "busy_until_ps", unit)
             ? a.view->busy_until(core, static_cast<CoreUnit>(unit)).count()
             : 0;
}
std::uint32_t open_groups(void* host, std::uint32_t core) {
  Asked& a = asked(host);
  return has_core(a, "open_groups", core) ? a.view->open_groups(core) : 0;
}
std::uint32_t evictable_slots(void* host, std::uint32_t core, std::uint32_t operand) {
  Asked& a = asked(host);
  return has_core(a, "evictable_slots", core) && has_operand(a, "evictable_slots", operand)
             ? a.view->evictable_slots(core, static_cast<std::uint8_t>(operand))
             : 0;
}
std::uint32_t free_output_slots(void* host, std::uint32_t core) {
  Asked& a = asked(host);
  return has_core(a, "free_output_slots", core) ? a.view->free_output_slots(core) : 0;
}
tessera_array slots(void* host, std::uint32_t core, std::uint32_t operand) {
  Asked& a = asked(host);
  a.slots.clear();
  if (has_core(a, "slots", core) && has_operand(a, "slots", operand)) {
    for (std::uint32_t i = 0; i < a.view->graph().slots[operand]; ++i) {
      const SlotState s = a.view->slot(core, static_cast<std::uint8_t>(operand), i);
      a.slots.push_back({s.block, static_cast<std::uint32_t>(s.residency), s.references, s.prefetched ? 1u : 0u});
    }
  }
  return {a.slots.data(), a.slots.size(), sizeof(tessera_slot)};
}
tessera_array channels(void* host) {
  Asked& a = asked(host);
  a.channels.clear();
  if (a.has_view("channels")) {
    const auto count = static_cast<std::uint32_t>(a.view->npu().dma.channels.size());
    for (std::uint32_t c = 0; c < count; ++c)
      a.channels.push_back({a.view->unissued_bytes(c), a.view->cap(c).thousandths});
  }
  return {a.channels.data(), a.channels.size(), sizeof(tessera_channel_state)};
}
tessera_array accepting(void* host, std::uint32_t kind) {
  Asked& a = asked(host);
  if (!has_kind(a, "accepting", kind)) return {nullptr, 0, sizeof(std::uint64_t)};
  const auto& words = a.view->accepting(static_cast<TileKind>(kind)).words();
  return {words.data(), words.size(), sizeof(std::uint64_t)};
}
std::int32_t arrived(void* host, std::uint32_t request) {
  Asked& a = asked(host);
  if (!a.has_view("arrived") || !a.has("arrived", "request", request, a.view->graph().requests.size())) return 0;
  return a.view->arrived(request) ? 1 : 0;
}
std::uint32_t tiles_left(void* host) {
  Asked& a = asked(host);
  return a.has_view("tiles_left") ? a.view->tiles_left() : 0;
}

}  // namespace

bool Asked::has(const char* question, const char* what, std::uint64_t id, std::uint64_t count) {
  if (id < count) return true;
  complain(std::string(question) + " was asked of " + what + " " + std::to_string(id) + ", and there are " +
           std::to_string(count));
  return false;
}

bool Asked::has_view(const char* question) {
  if (view == nullptr) complain(std::string(question) + " was asked outside of a hook");
  return view != nullptr;
}

void Asked::complain(std::string what) {
  if (complaint.empty()) complaint = std::move(what);
}

const tessera_questions& plugin_questions() {
  static constexpr tessera_questions table{sizeof(tessera_questions),
                                           next_ready,
                                           ready,
                                           continuations,
                                           next_accepting,
                                           next_continuing,
                                           check,
                                           reason,
                                           missing_bytes,
                                           residency,
                                           queued,
                                           busy_until,
                                           open_groups,
                                           evictable_slots,
                                           free_output_slots,
                                           slots,
                                           channels,
                                           arrived,
                                           tiles_left,
                                           accepting,
                                           queued_tile};
  return table;
}

std::string read_action(const tessera_action& raw, Action& action) {
  switch (raw.kind) {
    case TESSERA_WAIT: action = Wait{base::Ps{raw.until_ps}}; return "";
    case TESSERA_DISPATCH: action = Dispatch{raw.tile, raw.core, {raw.channel[0], raw.channel[1]}}; return "";
    case TESSERA_PREFETCH: {
      const auto operand = static_cast<std::uint8_t>(std::min<std::uint32_t>(raw.operand, 255));
      action = Prefetch{raw.tile, operand, raw.core, raw.channel[0]};
      return "";
    }
    case TESSERA_UNDISPATCH: action = Undispatch{raw.tile}; return "";
    case TESSERA_CAP: {
      const std::int64_t rate = raw.size > offsetof(tessera_action, rate) ? raw.rate : 0;
      action = Cap{static_cast<std::uint32_t>(raw.channel[0]), base::ByteRate::of_thousandths(rate)};
      return "";
    }
    default: return "an action of unknown kind " + std::to_string(raw.kind);
  }
}

tessera_action plain(const Action& action) {
  tessera_action raw{sizeof(raw), TESSERA_WAIT, kNoId, 0, 0, {kAnyChannel, kAnyChannel}, TESSERA_NEVER, 0};
  if (const auto* d = std::get_if<Dispatch>(&action)) {
    raw.kind = TESSERA_DISPATCH, raw.tile = d->tile, raw.core = d->core;
    raw.channel[0] = d->channel[0], raw.channel[1] = d->channel[1];
  } else if (const auto* p = std::get_if<Prefetch>(&action)) {
    raw.kind = TESSERA_PREFETCH, raw.tile = p->tile, raw.core = p->core, raw.operand = p->operand;
    raw.channel[0] = p->channel;
  } else if (const auto* u = std::get_if<Undispatch>(&action)) {
    raw.kind = TESSERA_UNDISPATCH, raw.tile = u->tile;
  } else if (const auto* c = std::get_if<Cap>(&action)) {
    raw.kind = TESSERA_CAP, raw.channel[0] = static_cast<std::int32_t>(c->channel), raw.rate = c->rate.thousandths;
  } else {
    raw.until_ps = std::get<Wait>(action).until.count();
  }
  return raw;
}

}  // namespace tessera::scheduler
