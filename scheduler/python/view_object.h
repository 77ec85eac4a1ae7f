// The view as an object of Python: the questions of the C++ SDK by the same names. Numbers carry their unit in the
// name (now_ps, busy_until_ps); what the SDK walks by next_...() is a list or an iterator here.
#pragma once

#include <pybind11/pybind11.h>

#include <cstdint>
#include <string>
#include <vector>

#include "scheduler/plugin/sdk/tessera_policy.h"
#include "scheduler/python/action_objects.h"
#include "scheduler/python/live_view.h"
#include "scheduler/python/table_objects.h"

namespace tessera::python {

namespace py = pybind11;

// The ready tiles of one kind, or of all, as they are asked for.
struct ReadyTiles {
  py::object owner;  // the view
  const LiveView* view;
  std::uint32_t kind, last_kind, from;
};

inline std::uint32_t dispatched_kind(const char* question, TileKind kind) {
  return LiveView::below(kKinds, question, "kind", static_cast<std::int64_t>(kind));
}

// Legal Dispatches: of later slices if there are any; otherwise of the first `depth` ready tiles of each kind.
inline py::list dispatches(const LiveView& v, std::int64_t depth) {
  py::list legal;
  Dispatch d;
  d.raw.kind = TESSERA_DISPATCH;
  const auto consider = [&](std::uint32_t tile, std::uint32_t core) {
    d.raw.tile = tile, d.raw.core = core;
    if (v.check(d.raw) == TESSERA_LEGAL) legal.append(py::cast(d));
  };
  for (auto core = v.next_continuing(0); core != TESSERA_NO_ID; core = v.next_continuing(core + 1))
    for (const std::uint32_t tile : v.continuations(core)) consider(tile, core);
  if (!legal.empty()) return legal;
  for (std::uint32_t kind = 0; kind < kKinds; ++kind) {
    std::int64_t left = depth;
    for (auto tile = v.next_ready(kind, 0); tile != TESSERA_NO_ID && left-- > 0; tile = v.next_ready(kind, tile + 1))
      for (auto core = v.next_accepting(kind, 0); core != TESSERA_NO_ID; core = v.next_accepting(kind, core + 1))
        consider(tile, core);
  }
  return legal;
}

inline void define_questions(py::class_<LiveView>& type) {
  using namespace py::literals;
  type.def(
          "is_ready",
          [](const LiveView& v, std::int64_t tile) {
            const std::uint32_t t = v.tile("is_ready", tile);
            return v.raw->ask->ready(v.raw->host, t) != 0;
          },
          "tile"_a)
      .def(
          "missing_bytes",
          [](const LiveView& v, std::int64_t tile, std::int64_t core) {
            const auto t = v.tile("missing_bytes", tile), c = v.core("missing_bytes", core);
            return v.raw->ask->missing_bytes(v.raw->host, t, c);
          },
          "tile"_a, "core"_a, "Bytes that a Dispatch of the tile to that core would load.")
      .def(
          "residency",
          [](const LiveView& v, std::int64_t block, std::int64_t operand, std::int64_t core) {
            const auto b = v.block("residency", block), o = v.operand("residency", operand);
            return static_cast<Residency>(v.raw->ask->residency(v.raw->host, b, o, v.core("residency", core)));
          },
          "block"_a, "operand"_a, "core"_a)
      .def(
          "predicted_ps",
          [](const LiveView& v, std::int64_t tile) { return v.copy->tiles[v.tile("predicted_ps", tile)].predicted_ps; },
          "tile"_a, "On its unit without waiting.")
      .def(
          "queued",
          [](const LiveView& v, std::int64_t core, CoreUnit unit) {
            const std::uint32_t c = v.core("queued", core);
            return v.raw->ask->queued(v.raw->host, c, static_cast<std::uint32_t>(unit));
          },
          "core"_a, "unit"_a = CoreUnit::pe_array, "Tiles that wait for the unit.")
      .def(
          "queued_tile",
          [](const LiveView& v, std::int64_t core, std::int64_t index, CoreUnit unit) {
            const std::uint32_t c = v.core("queued_tile", core), i = checked_id("index", index);
            return id_or_none(v.raw->ask->queued_tile(v.raw->host, c, static_cast<std::uint32_t>(unit), i));
          },
          "core"_a, "index"_a, "unit"_a = CoreUnit::pe_array, "The queued tile that starts as number `index`, or None.")
      .def(
          "busy_until_ps",
          [](const LiveView& v, std::int64_t core, CoreUnit unit) {
            const std::uint32_t c = v.core("busy_until_ps", core);
            return v.raw->ask->busy_until_ps(v.raw->host, c, static_cast<std::uint32_t>(unit));
          },
          "core"_a, "unit"_a = CoreUnit::pe_array,
          "When the unit ends what it runs and what waits, if nothing has to wait for data.")
      .def(
          "open_groups",
          [](const LiveView& v, std::int64_t core) {
            const std::uint32_t c = v.core("open_groups", core);
            return v.raw->ask->open_groups(v.raw->host, c);
          },
          "core"_a)
      .def(
          "evictable_slots",
          [](const LiveView& v, std::int64_t core, std::int64_t operand) {
            const auto c = v.core("evictable_slots", core), o = v.operand("evictable_slots", operand);
            return v.raw->ask->evictable_slots(v.raw->host, c, o);
          },
          "core"_a, "operand"_a)
      .def(
          "free_output_slots",
          [](const LiveView& v, std::int64_t core) {
            const std::uint32_t c = v.core("free_output_slots", core);
            return v.raw->ask->free_output_slots(v.raw->host, c);
          },
          "core"_a)
      .def(
          "slots",
          [](const LiveView& v, std::int64_t core, std::int64_t operand) {
            const auto c = v.core("slots", core), o = v.operand("slots", operand);
            py::list slots;
            for (const tessera_slot& s : copy_of<tessera_slot>(v.raw->ask->slots(v.raw->host, c, o)))
              slots.append(py::cast(Row<tessera_slot>{s, py::len(slots)}));
            return slots;
          },
          "core"_a, "operand"_a, "What the slots of a core's region hold (0 input, 1 weight).")
      .def(
          "unissued_bytes",
          [](const LiveView& v, std::int64_t channel) {
            const std::uint32_t c = v.channel("unissued_bytes", channel);
            return copy_of<tessera_channel_state>(v.raw->ask->channels(v.raw->host))[c].unissued_bytes;
          },
          "channel"_a, "Queued and not yet sent.")
      .def(
          "cap",
          [](const LiveView& v, std::int64_t channel) {
            const std::uint32_t c = v.channel("cap", channel);
            return copy_of<tessera_channel_state>(v.raw->ask->channels(v.raw->host))[c].cap;
          },
          "channel"_a, "The rate to which the last accepted Cap holds it, in thousandths of a byte per cycle; 0: none.")
      .def(
          "arrived",
          [](const LiveView& v, std::int64_t request) {
            const std::uint32_t r = v.request("arrived", request);
            return v.raw->ask->arrived(v.raw->host, r) != 0;
          },
          "request"_a);
}

inline ReadyTiles ready_tiles(const py::object& self, std::uint32_t first, std::uint32_t last) {
  const auto& v = self.cast<const LiveView&>();
  static_cast<void>(v.now("ready"));
  return {self, &v, first, last, 0};
}

inline void define_view(py::module_& m) {
  using namespace py::literals;
  py::class_<ReadyTiles>(m, "_ReadyTiles")
      .def("__iter__", [](const py::object& self) { return self; })
      .def("__next__", [](ReadyTiles& r) {
        for (; r.kind <= r.last_kind; ++r.kind, r.from = 0) {
          const std::uint32_t tile = r.view->next_ready(r.kind, r.from);
          if (tile == TESSERA_NO_ID) continue;
          r.from = tile + 1;
          return tile;
        }
        throw py::stop_iteration();
      });
  py::class_<LiveView> view(m, "View");
  view.def_property_readonly("now_ps", [](const LiveView& v) { return v.now("now_ps").now_ps; })
      .def_property_readonly("graph", [](const LiveView& v) { return Graph{v.held("graph")}; })
      .def_property_readonly("machine", [](const LiveView& v) { return Machine{v.held("machine")}; })
      .def_property_readonly("tiles_left",
                             [](const LiveView& v) {
                               const tessera_view& raw = v.now("tiles_left");
                               return raw.ask->tiles_left(raw.host);
                             })
      .def(
          "ready",
          [](const py::object& self, TileKind kind) {
            const std::uint32_t k = dispatched_kind("ready", kind);
            return ready_tiles(self, k, k);
          },
          "kind"_a, "Ready tiles that any core may take, by id.")
      .def(
          "ready", [](const py::object& self) { return ready_tiles(self, 0, kKinds - 1); },
          "Of all kinds: pe, vector, movement.")
      .def(
          "accepting",
          [](const LiveView& v, TileKind kind) {
            const std::uint32_t k = dispatched_kind("accepting", kind);
            std::vector<std::uint32_t> cores;
            for (auto c = v.next_accepting(k, 0); c != TESSERA_NO_ID; c = v.next_accepting(k, c + 1))
              cores.push_back(c);
            return list_of(cores);
          },
          "kind"_a, "Cores that may take a tile of that kind: necessary, not sufficient; check() decides.")
      .def(
          "continuing",
          [](const LiveView& v) {
            std::vector<std::uint32_t> cores;
            for (auto c = v.next_continuing(0); c != TESSERA_NO_ID; c = v.next_continuing(c + 1)) cores.push_back(c);
            return list_of(cores);
          },
          "Cores that may go on with a later slice.")
      .def(
          "continuations",
          [](const LiveView& v, std::int64_t core) { return list_of(v.continuations(v.core("continuations", core))); },
          "core"_a, "Later slices that are ready on the core that holds their group.")
      .def("dispatches", &dispatches, "depth"_a = INT64_MAX,
           "Legal Dispatches: of later slices if there are any; else of the first `depth` ready tiles of each kind.")
      .def(
          "check", [](const LiveView& v, const Action& a) { return static_cast<Illegal>(v.check(a.raw)); }, "action"_a,
          "Illegal.none, or why the action is not legal now.")
      .def(
          "legal", [](const LiveView& v, const Action& a) { return v.check(a.raw) == TESSERA_LEGAL; }, "action"_a)
      .def(
          "reason",
          [](const LiveView& v, Illegal why) {
            const tessera_view& raw = v.now("reason");
            return std::string(raw.ask->reason(raw.host, static_cast<std::uint32_t>(why)));
          },
          "why"_a)
      .def("__repr__", [](const LiveView& v) {
        if (v.raw == nullptr) return std::string("<View: its hook has returned>");
        return "<View at " + std::to_string(v.raw->now_ps) +
               " ps: " + std::to_string(v.raw->ask->tiles_left(v.raw->host)) + " tiles left>";
      });
  define_questions(view);
}

}  // namespace tessera::python
