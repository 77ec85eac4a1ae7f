// The graph and the machine as read-only objects of Python, over the tables of fields: a row has its fields as
// attributes, and an array has memoryviews of each field of all its rows, which copy nothing.
#pragma once

#include <pybind11/pybind11.h>

#include <cstdint>
#include <cstring>
#include <memory>
#include <span>
#include <string>
#include <utility>
#include <vector>

#include "base/clock.h"
#include "scheduler/plugin/sdk/tessera_policy.h"
#include "scheduler/python/action_objects.h"
#include "scheduler/python/fields.h"
#include "scheduler/python/live_view.h"

namespace tessera::python {

namespace py = pybind11;

// One element of an array of the C interface, in memory of its own.
template <class Raw>
struct Row {
  Raw raw;
  std::uint64_t id;
};
// An array of a GraphCopy.
template <class Raw>
struct Rows {
  std::shared_ptr<const GraphCopy> owner;
  const std::vector<Raw>* rows;
};
// One field of all elements of an array, where it lies.
struct Column {
  std::shared_ptr<const GraphCopy> owner;
  const char* data;
  std::size_t elements, stride;
  const Field* field;
};
struct Graph {
  std::shared_ptr<const GraphCopy> copy;
};
struct Machine {
  std::shared_ptr<const GraphCopy> copy;
};
inline py::object id_or_none(std::uint32_t id) { return id == TESSERA_NO_ID ? py::object(py::none()) : py::int_(id); }

template <class Ids>
py::list list_of(const Ids& ids) {
  py::list list(ids.size());
  for (std::size_t i = 0; i < ids.size(); ++i) list[i] = py::int_(ids[i]);
  return list;
}

inline py::object value_of(const void* row, const Field& f) {
  const char* at = static_cast<const char*>(row) + f.offset;
  std::uint32_t word = 0;
  std::memcpy(&word, at, sizeof(word));
  switch (f.form) {
    case Form::number32: return py::int_(word);
    case Form::signed32: return py::int_(static_cast<std::int32_t>(word));
    case Form::id: return id_or_none(word);
    case Form::flag: return py::bool_(word != 0);
    case Form::bit: return py::bool_((word & f.mask) != 0);
    case Form::kind: return py::cast(static_cast<TileKind>(word));
    case Form::residency: return py::cast(static_cast<Residency>(word));
    case Form::clock: {
      const auto* clock = reinterpret_cast<const tessera_clock*>(at);
      return py::cast(base::Clock(clock->period_num, clock->period_den));
    }
    case Form::number64: break;
  }
  const auto* numbers = reinterpret_cast<const std::int64_t*>(at);
  if (f.count() == 1) return py::int_(*numbers);
  return py::tuple(list_of(std::span(numbers, f.count())));
}

inline std::string shown(const char* type, const void* row, std::span<const Field> fields, std::string text = "") {
  for (const Field& f : fields)
    text += std::string(text.empty() ? "" : ", ") + f.name + "=" + std::string(py::str(value_of(row, f)));
  return std::string(type) + "(" + text + ")";
}

inline py::object column(std::shared_ptr<const GraphCopy> owner, const void* rows, std::size_t elements,
                         std::size_t stride, const Field& f) {
  const py::object made =
      py::cast(Column{std::move(owner), static_cast<const char*>(rows) + f.offset, elements, stride, &f});
  PyObject* view = PyMemoryView_FromObject(made.ptr());
  if (view == nullptr) throw py::error_already_set();
  return py::reinterpret_steal<py::object>(view);
}

template <class Raw>
void define_row(py::module_& m, const char* name, std::span<const Field> fields) {
  py::class_<Row<Raw>> type(m, name);
  type.def_readonly("id", &Row<Raw>::id);
  for (const Field& f : fields)
    type.def_property_readonly(
        f.name, [&f](const Row<Raw>& r) { return value_of(&r.raw, f); }, f.text);
  type.def("__repr__",
           [name, fields](const Row<Raw>& r) { return shown(name, &r.raw, fields, "id=" + std::to_string(r.id)); });
}

// A sequence of rows, whose fields are attributes too: memoryviews of all elements.
template <class Raw>
void define_rows(py::module_& m, const char* name, const char* row_name, std::span<const Field> fields) {
  define_row<Raw>(m, row_name, fields);
  py::class_<Rows<Raw>> type(m, name);
  type.def("__len__", [](const Rows<Raw>& r) { return r.rows->size(); });
  type.def("__getitem__", [name](const Rows<Raw>& r, std::int64_t i) {
    const auto count = static_cast<std::int64_t>(r.rows->size());
    const std::int64_t id = i < 0 ? i + count : i;
    if (id < 0 || id >= count)
      throw py::index_error(std::string(name) + "[" + std::to_string(i) + "]: there are " + std::to_string(count));
    return Row<Raw>{(*r.rows)[static_cast<std::size_t>(id)], static_cast<std::uint64_t>(id)};
  });
  for (const Field& f : fields) {
    if (f.form == Form::bit || f.form == Form::clock) continue;
    type.def_property_readonly(
        f.name, [&f](const Rows<Raw>& r) { return column(r.owner, r.rows->data(), r.rows->size(), sizeof(Raw), f); },
        f.text);
  }
  type.def("__repr__", [name](const Rows<Raw>& r) {
    return "<" + std::string(name) + ": " + std::to_string(r.rows->size()) + ">";
  });
}

template <class Raw>
auto rows_of(const std::vector<Raw> GraphCopy::*rows) {
  return [rows](const Graph& g) { return Rows<Raw>{g.copy, &((*g.copy).*rows)}; };
}
inline auto ids_of(const IdRows GraphCopy::*rows, const char* question, const char* what) {
  return [=](const Graph& g, std::int64_t id) {
    const IdRows& r = (*g.copy).*rows;
    return list_of(r.row(LiveView::below(r.size(), question, what, id)));
  };
}

inline void define_tables(py::module_& m) {
  using namespace py::literals;
  py::class_<Column>(m, "_Column", py::buffer_protocol()).def_buffer([](Column& c) {
    const auto n = static_cast<py::ssize_t>(c.elements), stride = static_cast<py::ssize_t>(c.stride);
    const auto many = static_cast<py::ssize_t>(c.field->count());
    const auto size = static_cast<py::ssize_t>(c.field->size) / many;
    std::vector<py::ssize_t> shape{n}, strides{stride};
    if (many > 1) shape.push_back(many), strides.push_back(size);
    const auto dimensions = static_cast<py::ssize_t>(shape.size());
    return py::buffer_info(const_cast<char*>(c.data), size,
                           size == 8                         ? "q"
                           : c.field->form == Form::signed32 ? "i"
                                                             : "I",
                           dimensions, std::move(shape), std::move(strides), true);
  });
  py::class_<base::Clock>(m, "Clock")
      .def_property_readonly("period_num", &base::Clock::period_num)
      .def_property_readonly("period_den", &base::Clock::period_den)
      .def(
          "ps", [](const base::Clock& c, std::int64_t n) { return c.edge(base::Cycles{n}).count(); }, "cycles"_a,
          "When its edge of that number is.")
      .def(
          "cycles", [](const base::Clock& c, std::int64_t t) { return c.elapsed(base::Ps{t}).count(); }, "ps"_a,
          "Whole cycles that have passed by then.")
      .def("__repr__", [](const base::Clock& c) {
        return "<Clock of " + std::to_string(static_cast<std::int64_t>(c.hz() / 1e6)) + " MHz>";
      });
  define_rows<tessera_tile>(m, "Tiles", "Tile", kTileFields);
  define_rows<tessera_group>(m, "Groups", "Group", kGroupFields);
  define_rows<tessera_block>(m, "Blocks", "Block", kBlockFields);
  define_rows<tessera_work>(m, "Works", "Work", kWorkFields);
  define_rows<tessera_channel>(m, "Channels", "Channel", kChannelFields);
  define_rows<tessera_request>(m, "Requests", "Request", kRequestFields);
  define_row<tessera_slot>(m, "Slot", kSlotFields);
  py::class_<Graph> graph(m, "Graph");
  graph.def_property_readonly("tiles", rows_of(&GraphCopy::tiles))
      .def_property_readonly("groups", rows_of(&GraphCopy::groups))
      .def_property_readonly("blocks", rows_of(&GraphCopy::blocks))
      .def_property_readonly("works", rows_of(&GraphCopy::works))
      .def_property_readonly("requests", rows_of(&GraphCopy::requests))
      .def_property_readonly("arrivals_ps", [](const Graph& g) { return py::tuple(list_of(g.copy->arrivals_ps)); })
      .def("predecessors", ids_of(&GraphCopy::predecessors, "predecessors", "group"), "group"_a)
      .def("successors", ids_of(&GraphCopy::successors, "successors", "group"), "group"_a)
      .def("control", ids_of(&GraphCopy::control, "control", "group"), "group"_a,
           "Predecessors whose data it does not read.")
      .def("producers", ids_of(&GraphCopy::producers, "producers", "block"), "block"_a,
           "Groups that write what the block holds.")
      .def("__repr__", [](const Graph& g) {
        return "<Graph: " + std::to_string(g.copy->tiles.size()) + " tiles, " + std::to_string(g.copy->groups.size()) +
               " groups, " + std::to_string(g.copy->blocks.size()) + " blocks>";
      });
  for (const Field& f : kGraphFields)
    graph.def_property_readonly(
        f.name, [&f](const Graph& g) { return value_of(&g.copy->graph, f); }, f.text);
  py::class_<Machine> machine(m, "Machine");
  machine.def_property_readonly("channels", [](const Machine& x) {
    return Rows<tessera_channel>{x.copy, &x.copy->channels};
  });
  for (const Field& f : kMachineFields)
    machine.def_property_readonly(
        f.name, [&f](const Machine& x) { return value_of(&x.copy->machine, f); }, f.text);
  machine.def("__repr__", [](const Machine& x) { return shown("Machine", &x.copy->machine, kMachineFields); });
}

}  // namespace tessera::python
