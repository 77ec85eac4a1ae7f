// Enumerations and actions as objects of Python. Like its neighbours for one file: pybind11 is slow to compile.
#pragma once

#include <pybind11/pybind11.h>

#include <cstdint>
#include <string>
#include <utility>

#include "scheduler/plugin/sdk/tessera_policy.h"

namespace tessera::python {

namespace py = pybind11;

enum class TileKind : std::uint32_t { pe, vector, movement, host };
enum class Residency : std::uint32_t { absent, filling, full };
enum class CoreUnit : std::uint32_t { pe_array, vector_unit };
enum class Event : std::uint32_t {};
enum class Illegal : std::uint32_t {};

constexpr std::pair<const char*, std::uint32_t> kEvents[] = {
    {"arrival", TESSERA_ON_ARRIVAL},     {"tile_ready", TESSERA_ON_TILE_READY},
    {"slot_free", TESSERA_ON_SLOT_FREE}, {"transfer_done", TESSERA_ON_TRANSFER_DONE},
    {"tile_done", TESSERA_ON_TILE_DONE}, {"unit_idle", TESSERA_ON_UNIT_IDLE},
    {"decision", TESSERA_ON_DECISION},
};
constexpr std::pair<const char*, std::uint32_t> kIllegal[] = {
    {"none", TESSERA_LEGAL},
    {"unknown_tile", TESSERA_UNKNOWN_TILE},
    {"unknown_core", TESSERA_UNKNOWN_CORE},
    {"unknown_channel", TESSERA_UNKNOWN_CHANNEL},
    {"not_ready", TESSERA_NOT_READY},
    {"already_dispatched", TESSERA_ALREADY_DISPATCHED},
    {"wrong_core", TESSERA_WRONG_CORE},
    {"open_groups", TESSERA_OPEN_GROUPS},
    {"queue_full", TESSERA_QUEUE_FULL},
    {"no_input_slot", TESSERA_NO_INPUT_SLOT},
    {"no_weight_slot", TESSERA_NO_WEIGHT_SLOT},
    {"not_constant", TESSERA_NOT_CONSTANT},
    {"resident", TESSERA_RESIDENT},
    {"prefetch_under_way", TESSERA_PREFETCH_UNDER_WAY},
    {"no_slot_for_prefetch", TESSERA_NO_SLOT_FOR_PREFETCH},
    {"time_passed", TESSERA_TIME_PASSED},
    {"not_first_slice", TESSERA_NOT_FIRST_SLICE},
    {"not_dispatched", TESSERA_NOT_DISPATCHED},
    {"under_decision", TESSERA_UNDER_DECISION},
    {"started", TESSERA_STARTED},
    {"load_shared", TESSERA_LOAD_SHARED},
    {"operand_forgotten", TESSERA_OPERAND_FORGOTTEN},
    {"taken_back_before", TESSERA_TAKEN_BACK_BEFORE},
    {"rate_too_low", TESSERA_RATE_TOO_LOW},
    {"rate_too_high", TESSERA_RATE_TOO_HIGH},
    {"capped_before", TESSERA_CAPPED_BEFORE},
};

struct Action {
  tessera_action raw{sizeof(tessera_action), TESSERA_WAIT, TESSERA_NO_ID, 0, 0, {-1, -1}, TESSERA_NEVER, 0};
};
struct Dispatch : Action {};
struct Prefetch : Action {};
struct Undispatch : Action {};
struct Cap : Action {};
struct Wait : Action {};

inline std::uint32_t checked_id(const char* what, std::int64_t id) {
  if (id >= 0 && id < TESSERA_NO_ID) return static_cast<std::uint32_t>(id);
  throw py::value_error(std::string(what) + " " + std::to_string(id) + " is no id: ids are whole numbers from 0");
}
inline std::int32_t checked_channel(std::int64_t channel) {
  if (channel < TESSERA_ANY_CHANNEL || channel > INT32_MAX)
    throw py::value_error("channel " + std::to_string(channel) + " is neither a channel nor ANY_CHANNEL");
  return static_cast<std::int32_t>(channel);
}
template <class Enum, std::size_t n>
void define_words(py::module_& m, const char* name, const std::pair<const char*, std::uint32_t> (&words)[n]) {
  py::enum_<Enum> type(m, name);
  for (const auto& [word, value] : words) type.value(word, static_cast<Enum>(value));
}

inline void define_words(py::module_& m) {
  py::enum_<TileKind>(m, "TileKind")
      .value("pe", TileKind::pe)
      .value("vector", TileKind::vector)
      .value("movement", TileKind::movement)
      .value("host", TileKind::host);
  py::enum_<Residency>(m, "Residency")
      .value("absent", Residency::absent)
      .value("filling", Residency::filling)
      .value("full", Residency::full);
  py::enum_<CoreUnit>(m, "CoreUnit").value("pe_array", CoreUnit::pe_array).value("vector_unit", CoreUnit::vector_unit);
  define_words<Event>(m, "Event", kEvents);
  define_words<Illegal>(m, "Illegal", kIllegal);
  m.attr("NO_ID") = TESSERA_NO_ID;
  m.attr("NEVER") = TESSERA_NEVER;
  m.attr("ANY_CHANNEL") = TESSERA_ANY_CHANNEL;
}

inline std::string action_text(const tessera_action& a) {
  const auto number = [](std::int64_t n) { return std::to_string(n); };
  if (a.kind == TESSERA_WAIT) return a.until_ps == TESSERA_NEVER ? "Wait()" : "Wait(" + number(a.until_ps) + ")";
  if (a.kind == TESSERA_PREFETCH)
    return "Prefetch(" + number(a.tile) + ", operand=" + number(a.operand) + ", core=" + number(a.core) +
           (a.channel[0] < 0 ? "" : ", channel=" + number(a.channel[0])) + ")";
  if (a.kind == TESSERA_UNDISPATCH) return "Undispatch(" + number(a.tile) + ")";
  if (a.kind == TESSERA_CAP)
    return "Cap(" + number(a.channel[0]) + (a.rate == 0 ? "" : ", rate=" + number(a.rate)) + ")";
  std::string text = "Dispatch(" + number(a.tile) + ", " + number(a.core);
  if (a.channel[0] >= 0) text += ", input_channel=" + number(a.channel[0]);
  if (a.channel[1] >= 0) text += ", weight_channel=" + number(a.channel[1]);
  return text + ")";
}

inline void define_actions(py::module_& m) {
  using namespace py::literals;
  py::class_<Action>(m, "Action")
      .def("__repr__", [](const Action& a) { return action_text(a.raw); })
      .def("__eq__",
           [](const Action& a, const py::object& b) {
             return py::isinstance<Action>(b) && action_text(a.raw) == action_text(b.cast<const Action&>().raw);
           })
      .def("__hash__", [](const Action& a) { return py::hash(py::str(action_text(a.raw))); });
  const auto tile = [](const Action& a) { return a.raw.tile; };
  const auto core = [](const Action& a) { return a.raw.core; };
  py::class_<Dispatch, Action>(m, "Dispatch")
      .def(py::init([](std::int64_t t, std::int64_t c, std::int64_t input, std::int64_t weight) {
             Dispatch d;
             d.raw.kind = TESSERA_DISPATCH, d.raw.tile = checked_id("tile", t), d.raw.core = checked_id("core", c);
             d.raw.channel[0] = checked_channel(input), d.raw.channel[1] = checked_channel(weight);
             return d;
           }),
           "tile"_a, "core"_a, "input_channel"_a = TESSERA_ANY_CHANNEL, "weight_channel"_a = TESSERA_ANY_CHANNEL)
      .def_property_readonly("tile", tile)
      .def_property_readonly("core", core)
      .def_property_readonly("input_channel", [](const Dispatch& d) { return d.raw.channel[0]; })
      .def_property_readonly("weight_channel", [](const Dispatch& d) { return d.raw.channel[1]; });
  py::class_<Prefetch, Action>(m, "Prefetch")
      .def(py::init([](std::int64_t t, std::int64_t operand, std::int64_t c, std::int64_t channel) {
             Prefetch p;
             p.raw.kind = TESSERA_PREFETCH, p.raw.tile = checked_id("tile", t), p.raw.core = checked_id("core", c);
             p.raw.operand = checked_id("operand", operand), p.raw.channel[0] = checked_channel(channel);
             return p;
           }),
           "tile"_a, "operand"_a = 1, "core"_a = 0, "channel"_a = TESSERA_ANY_CHANNEL)
      .def_property_readonly("tile", tile)
      .def_property_readonly("core", core)
      .def_property_readonly("operand", [](const Prefetch& p) { return p.raw.operand; })
      .def_property_readonly("channel", [](const Prefetch& p) { return p.raw.channel[0]; });
  py::class_<Undispatch, Action>(m, "Undispatch")
      .def(py::init([](std::int64_t t) {
             Undispatch u;
             u.raw.kind = TESSERA_UNDISPATCH, u.raw.tile = checked_id("tile", t);
             return u;
           }),
           "tile"_a)
      .def_property_readonly("tile", tile);
  py::class_<Cap, Action>(m, "Cap")
      .def(py::init([](std::int64_t channel, std::int64_t rate) {
             Cap c;
             if (channel < 0) throw py::value_error("channel " + std::to_string(channel) + " is no channel");
             c.raw.kind = TESSERA_CAP, c.raw.channel[0] = checked_channel(channel), c.raw.rate = rate;
             return c;
           }),
           "channel"_a, "rate"_a = 0)
      .def_property_readonly("channel", [](const Cap& c) { return c.raw.channel[0]; })
      .def_property_readonly("rate", [](const Cap& c) { return c.raw.rate; });
  py::class_<Wait, Action>(m, "Wait")
      .def(py::init([](std::int64_t until_ps) {
             Wait w;
             w.raw.until_ps = until_ps;
             return w;
           }),
           "until_ps"_a = TESSERA_NEVER)
      .def_property_readonly("until_ps", [](const Wait& w) { return w.raw.until_ps; });
}

}  // namespace tessera::python
