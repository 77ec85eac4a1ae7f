// Policies in Python: starts the interpreter, reads files, and makes of each the table of hooks that Tessera calls.
//
// Every hook takes the interpreter's lock, so that threads of a policy stand still while its hooks do. The interpreter
// is never stopped: what a policy has started is not ours to pull away, and the program ends without it.
#include <pybind11/embed.h>
#include <pybind11/pybind11.h>

#include <algorithm>
#include <atomic>
#include <cstdint>
#include <cstring>
#include <deque>
#include <exception>
#include <map>
#include <memory>
#include <stdexcept>
#include <string>
#include <thread>
#include <utility>
#include <vector>

#include "scheduler/plugin/policy_host.h"
#include "scheduler/python/action_objects.h"
#include "scheduler/python/live_view.h"
#include "scheduler/python/table_objects.h"
#include "scheduler/python/tessera_py.h"
#include "scheduler/python/view_object.h"

namespace tessera::python {
namespace {

// What is made once and never destroyed: at the program's end nobody holds the lock.
struct Embedded {
  py::object load, in_hook, fault, place, time_limit;
  std::map<PyObject*, struct File*> files;
};
Embedded* embedded = nullptr;

// A policy's file as Tessera sees it; `made` is a _Loaded of tessera.py.
struct File {
  tessera_policy_plugin table{};
  py::object made;
  std::string path;
  std::deque<std::string> texts;  // their addresses are kept
  std::vector<tessera_option> options;
  const char* keep(std::string text) { return texts.emplace_back(std::move(text)).c_str(); }
};

// A policy of one run. Hooks that its class does not have are not called.
struct Instance {
  const File* file = nullptr;
  py::object policy, view;
  LiveView* live = nullptr;
  py::object begin, decide, on_arrival, on_tile_ready, on_transfer_done, on_slot_free, on_tile_done, on_illegal, keep,
      candidates, weighed, subscriptions, score;
  std::vector<tessera_candidate> choices;
  std::string score_words;
  std::uint32_t events = 0;  // where subscriptions is no function
};

struct Lock {
  Lock() : state(PyGILState_Ensure()) {}
  ~Lock() { PyGILState_Release(state); }
  Lock(const Lock&) = delete;
  Lock& operator=(const Lock&) = delete;
  PyGILState_STATE state;
};

// ---- What becomes of a call that takes too long: an exception of Python in the middle of it.

std::atomic<std::uint64_t> calls{0};  // odd: one is under way
std::atomic<std::uint64_t> late_call{0};
char late_text[256] = "";

int raise_late(void*) {
  if (calls.load() != late_call.load() || late_call.load() % 2 == 0) return 0;  // it has returned meanwhile
  PyErr_SetString(embedded->time_limit.ptr(), late_text);
  return -1;
}

void interrupt(const char* why) {
  std::strncpy(late_text, why, sizeof(late_text) - 1);
  late_call = calls.load();
  // The thread that is late looks for calls only after it had to share the lock; whoever asks for that may wait long.
  std::thread([] {
    const Lock lock;
    Py_AddPendingCall(raise_late, nullptr);
  }).detach();
}

struct Counted {
  Counted() { ++calls; }
  ~Counted() { ++calls; }
  Counted(const Counted&) = delete;
  Counted& operator=(const Counted&) = delete;
};

// ---- Errors

void say(tessera_text* error, const std::string& text) noexcept {
  if (error == nullptr || error->capacity == 0) return;
  const std::size_t length = std::min<std::size_t>(text.size(), error->capacity - 1);
  std::memcpy(error->data, text.data(), length);
  error->data[length] = '\0';
}

// A call that never began has none.
py::object trace_of(const py::error_already_set& e) { return e.trace() ? py::object(e.trace()) : py::none(); }

// Runs body(); 0, or 1 after the text of what it threw went into `error`.
template <class Body>
std::int32_t guarded(const File& file, tessera_text* error, const Body& body) noexcept {
  try {
    const Counted counted;
    body();
    return 0;
  } catch (py::error_already_set& e) {
    try {
      say(error, std::string(py::str(embedded->in_hook(e.value(), trace_of(e), file.path))));
    } catch (const std::exception& again) {
      say(error, again.what());
    }
  } catch (const std::exception& e) {
    say(error, e.what());
  } catch (...) {
    say(error, "an exception that is no std::exception");
  }
  return 1;
}

template <class Body>
std::int32_t hook(void* self, const tessera_view* raw, tessera_text* error, const Body& body) noexcept {
  const Lock lock;
  auto& instance = *static_cast<Instance*>(self);
  instance.live->raw = raw;
  const std::int32_t code = guarded(*instance.file, error, [&] { body(instance); });
  instance.live->raw = nullptr;
  return code;
}

std::string shown(const py::handle& value) {
  std::string text(py::repr(value));
  if (text.size() > 100) text = text.substr(0, 100) + " ...";
  return text;
}

[[noreturn]] void wrong_answer(const py::object& function, const char* name, const py::handle& answer,
                               const char* right) {
  const std::string place = function ? std::string(py::str(embedded->place(function))) : "";
  throw py::type_error(place + name + (function ? "() returned " : " is ") + shown(answer) + ", not " + right);
}

template <class... Arguments>
py::object call(const py::object& function, const Arguments&... arguments) {
  PyObject* answer = PyObject_CallFunctionObjArgs(function.ptr(), arguments.ptr()..., nullptr);
  if (answer == nullptr) throw py::error_already_set();
  return py::reinterpret_steal<py::object>(answer);
}

// A whole number of Python's or, say, numpy's.
std::int64_t whole(const py::handle& number, const char* what) {
  const auto index = py::reinterpret_steal<py::object>(PyNumber_Index(number.ptr()));
  if (!index) {
    PyErr_Clear();
    throw py::type_error(std::string(what) + " is " + shown(number) + ", no whole number");
  }
  return index.cast<std::int64_t>();
}

// ---- Hooks

std::int32_t begin(void* self, const tessera_view* raw, tessera_text* error) {
  return hook(self, raw, error, [&](Instance& i) {
    i.live->copy = std::make_shared<const GraphCopy>(*raw);
    if (i.begin) call(i.begin, i.view);
  });
}

std::int32_t decide(void* self, const tessera_view* raw, tessera_action* answer, tessera_text* error) {
  return hook(self, raw, error, [&](Instance& i) {
    const py::object action = call(i.decide, i.view);
    if (!py::isinstance<Action>(action))
      wrong_answer(i.decide, "decide", action, "a Dispatch, a Prefetch, an Undispatch, a Cap or a Wait");
    const std::uint64_t size = answer->size;
    *answer = action.cast<const Action&>().raw;
    answer->size = size;
  });
}

// A hook that is told two numbers, or one.
template <py::object Instance::*function>
std::int32_t told(void* self, const tessera_view* raw, std::uint32_t what, tessera_text* error) {
  return hook(self, raw, error, [&](Instance& i) { call(i.*function, i.view, py::int_(what)); });
}
template <py::object Instance::*function>
std::int32_t told_core(void* self, const tessera_view* raw, std::uint32_t core, std::uint32_t operand,
                       tessera_text* error) {
  return hook(self, raw, error, [&](Instance& i) { call(i.*function, i.view, py::int_(core), py::int_(operand)); });
}

std::int32_t on_illegal(void* self, const tessera_view* raw, const tessera_action* action, std::uint32_t why,
                        tessera_text* error) {
  return hook(self, raw, error, [&](Instance& i) {
    py::object made;
    if (action->kind == TESSERA_DISPATCH) made = py::cast(Dispatch{{*action}});
    else if (action->kind == TESSERA_PREFETCH) made = py::cast(Prefetch{{*action}});
    else if (action->kind == TESSERA_CAP) made = py::cast(Cap{{*action}});
    else if (action->kind == TESSERA_UNDISPATCH) made = py::cast(Undispatch{{*action}});
    else made = py::cast(Wait{{*action}});
    call(i.on_illegal, i.view, made, py::cast(static_cast<Illegal>(why)));
  });
}

std::int32_t keep(void* self, const tessera_view* raw, std::uint32_t block, std::uint32_t uses_left,
                  std::uint32_t* answer, tessera_text* error) {
  return hook(self, raw, error, [&](Instance& i) {
    const py::object kept = call(i.keep, i.view, py::int_(block), py::int_(uses_left));
    const int truth = kept.is_none() ? -1 : PyObject_IsTrue(kept.ptr());
    if (truth < 0) PyErr_Clear(), wrong_answer(i.keep, "keep", kept, "True or False");
    *answer = static_cast<std::uint32_t>(truth);
  });
}

std::int32_t candidates(void* self, tessera_array* weighed, tessera_text* error) {
  return hook(self, nullptr, error, [&](Instance& i) {
    i.choices.clear();
    const py::object all = call(i.candidates);
    const auto entries = py::reinterpret_steal<py::object>(
        PySequence_Fast(all.ptr(), "candidates() must return a list of (tile, core, score)"));
    if (!entries) throw py::error_already_set();
    for (const py::handle entry : entries) {
      if (!PyTuple_Check(entry.ptr()) || PyTuple_GET_SIZE(entry.ptr()) != 3)
        wrong_answer(i.candidates, "candidates", entry, "a list of (tile, core, score)");
      const auto triple = py::reinterpret_borrow<py::tuple>(entry);
      i.choices.push_back({checked_id("tile", whole(triple[0], "a candidate's tile")),
                           checked_id("core", whole(triple[1], "a candidate's core")),
                           whole(triple[2], "a candidate's score")});
    }
    *weighed = {i.choices.data(), i.choices.size(), sizeof(tessera_candidate)};
  });
}

// Of a policy that does not say it: as many as candidates(), which have been read before.
std::int32_t weighed(void* self, std::uint32_t* count, tessera_text* error) {
  return hook(self, nullptr, error, [&](Instance& i) {
    if (i.weighed) *count = checked_id("weighed() returned", whole(call(i.weighed), "weighed()"));
    else *count = static_cast<std::uint32_t>(i.choices.size());
  });
}

std::uint32_t bits_of(const Instance& i, const py::object& events) {
  std::uint32_t bits = 0;
  if (py::isinstance<Event>(events)) return static_cast<std::uint32_t>(events.cast<Event>());
  const auto wrong = [&] {
    PyErr_Clear();
    wrong_answer(i.subscriptions, "subscriptions", events, "a tuple of Events");
  };
  const auto entries = py::reinterpret_steal<py::object>(PySequence_Tuple(events.ptr()));
  if (!entries) wrong();
  for (const py::handle entry : entries) {
    if (!py::isinstance<Event>(entry)) wrong();
    bits |= static_cast<std::uint32_t>(entry.cast<Event>());
  }
  return bits;
}
std::int32_t subscriptions(void* self, std::uint32_t* events, tessera_text* error) {
  auto& instance = *static_cast<Instance*>(self);
  if (!instance.subscriptions) return *events = instance.events, 0;
  return hook(self, nullptr, error, [&](Instance& i) { *events = bits_of(i, call(i.subscriptions)); });
}

std::int32_t score(void* self, const char** words, tessera_text* error) {
  return hook(self, nullptr, error, [&](Instance& i) {
    const bool asked = PyCallable_Check(i.score.ptr()) != 0;
    const py::object text = asked ? call(i.score) : i.score;
    if (!py::isinstance<py::str>(text)) wrong_answer(i.score, "score", text, "a text");
    i.score_words = text.cast<std::string>();
    *words = i.score_words.c_str();
  });
}

void destroy(void* self) {
  const Lock lock;
  auto* instance = static_cast<Instance*>(self);
  guarded(*instance->file, nullptr, [&] { delete instance; });
}

// Every hook of a class with its name in Python, what it is bound to, and how it gets into the table.
struct Hook {
  const char* name;
  py::object Instance::*bound;
  void (*enter)(tessera_policy_plugin&);
};
#define TESSERA_HOOK(name, function)                                             \
  Hook {                                                                         \
#name, &Instance::name, [](tessera_policy_plugin & t) { t.name = function; } \
  }
const Hook kHooks[] = {
    TESSERA_HOOK(begin, begin),
    TESSERA_HOOK(decide, decide),
    TESSERA_HOOK(on_arrival, told<&Instance::on_arrival>),
    TESSERA_HOOK(on_tile_ready, told<&Instance::on_tile_ready>),
    TESSERA_HOOK(on_transfer_done, told_core<&Instance::on_transfer_done>),
    TESSERA_HOOK(on_slot_free, told_core<&Instance::on_slot_free>),
    TESSERA_HOOK(on_tile_done, told<&Instance::on_tile_done>),
    TESSERA_HOOK(on_illegal, on_illegal),
    TESSERA_HOOK(keep, keep),
    TESSERA_HOOK(candidates, candidates),
    TESSERA_HOOK(weighed, weighed),
    TESSERA_HOOK(subscriptions, subscriptions),
    TESSERA_HOOK(score, score),
};

// ---- Files

tessera_option option_of(File& file, const py::tuple& o) {
  return {file.keep(o[0].cast<std::string>()),
          file.keep(o[1].cast<std::string>()),
          o[2].cast<std::uint32_t>(),
          0,
          o[3].cast<std::int64_t>(),
          o[4].cast<std::int64_t>(),
          o[5].cast<std::int64_t>(),
          o[6].cast<double>(),
          o[7].cast<double>(),
          o[8].cast<double>(),
          file.keep(o[9].cast<std::string>())};
}

File* file_of(const py::object& loaded, const char* path) {
  File*& known = embedded->files[loaded.ptr()];
  if (known != nullptr) return known;
  auto made = std::make_unique<File>();
  File& file = *made;
  file.made = loaded;
  file.path = path;
  for (const py::handle o : loaded.attr("options"))
    file.options.push_back(option_of(file, py::reinterpret_borrow<py::tuple>(o)));
  tessera_policy_plugin& t = file.table;
  t.size = sizeof(t), t.abi_major = TESSERA_POLICY_ABI_MAJOR, t.abi_minor = TESSERA_POLICY_ABI_MINOR;
  t.name = file.keep(loaded.attr("name").cast<std::string>());
  t.options = {file.options.data(), file.options.size(), sizeof(tessera_option)};
  t.destroy = destroy;
  t.begin = begin;  // takes the copies, whether or not the class wants to know
  for (const Hook& h : kHooks)
    if (loaded.attr("hooks").contains(h.name)) h.enter(t);
  if (t.candidates != nullptr) t.weighed = weighed;
  return known = made.release();
}

std::int32_t open(const char* path, const tessera_policy_plugin** table, std::uint32_t* line, std::uint32_t* column,
                  tessera_text* error) {
  const Lock lock;
  File nowhere;
  nowhere.path = path;
  return guarded(nowhere, error, [&] {
    try {
      *table = &file_of(embedded->load(path), path)->table;
    } catch (py::error_already_set& e) {
      const py::tuple said = embedded->fault(e.value(), trace_of(e), path);
      *line = said[0].cast<std::uint32_t>();
      *column = said[1].cast<std::uint32_t>();
      throw std::runtime_error(said[2].cast<std::string>());
    }
  });
}

py::dict values_of(const tessera_array& options) {
  py::dict values;
  for (const tessera_option_value& o : copy_of<tessera_option_value>(options)) {
    py::object value = py::int_(o.integer);
    if (o.kind == TESSERA_NUMBER) value = py::float_(o.number);
    if (o.kind == TESSERA_FLAG) value = py::bool_(o.integer != 0);
    if (o.kind == TESSERA_STRING) value = py::str(o.string);
    values[o.key] = value;
  }
  return values;
}

std::int32_t create(const tessera_policy_plugin* table, tessera_array options, void** policy, tessera_text* error) {
  const Lock lock;
  const File* known = nullptr;
  for (const auto& [loaded, f] : embedded->files)
    if (&f->table == table) known = f;
  const File& file = *known;
  return guarded(file, error, [&] {
    auto made = std::make_unique<Instance>();
    made->file = &file;
    made->policy = file.made.attr("make")(values_of(options));
    made->view = py::cast(LiveView());
    made->live = &made->view.cast<LiveView&>();
    for (const Hook& h : kHooks)
      if (file.made.attr("hooks").contains(h.name)) (*made).*h.bound = made->policy.attr(h.name);
    if (made->subscriptions && PyCallable_Check(made->subscriptions.ptr()) == 0)
      made->events = bits_of(*made, std::exchange(made->subscriptions, {}));
    *policy = made.release();
  });
}

// ---- The interpreter

PYBIND11_EMBEDDED_MODULE(tessera, m) {
  define_words(m);
  define_actions(m);
  define_tables(m);
  define_view(m);
}

// Null, or why it does not start.
const char* start_interpreter() {
  PyPreConfig early;
  PyPreConfig_InitPythonConfig(&early);
  early.parse_argv = 0;
  early.configure_locale = 0;  // the program's locale is the program's
  early.utf8_mode = 1;
#ifdef __SANITIZE_ADDRESS__
  early.allocator = PYMEM_ALLOCATOR_MALLOC;  // so that the sanitizer sees every object, and what refers to it
#endif
  PyStatus status = Py_PreInitialize(&early);
  if (PyStatus_Exception(status) != 0) return status.err_msg;
  PyConfig config;
  PyConfig_InitPythonConfig(&config);
  config.parse_argv = 0;
  config.install_signal_handlers = 0;  // Ctrl-C ends the program as ever
  config.write_bytecode = 0;           // leaves no files beside a policy
  config.buffered_stdio = 0;
  config.pathconfig_warnings = 0;
  status = Py_InitializeFromConfig(&config);
  PyConfig_Clear(&config);
  return PyStatus_Exception(status) != 0 ? status.err_msg : nullptr;
}

void make_embedded() {
  py::module_ module = py::module_::import("tessera");
  const py::object code = py::reinterpret_steal<py::object>(Py_CompileString(kTesseraPy, "<tessera>", Py_file_input));
  if (!code) throw py::error_already_set();
  const py::object space = module.attr("__dict__");
  if (py::reinterpret_steal<py::object>(PyEval_EvalCode(code.ptr(), space.ptr(), space.ptr())).ptr() == nullptr)
    throw py::error_already_set();
  embedded = new Embedded{module.attr("_load"),  module.attr("_in_hook"),  module.attr("_fault"),
                          module.attr("_place"), module.attr("TimeLimit"), {}};
}

}  // namespace
}  // namespace tessera::python

extern "C" const tessera_policy_host* tessera_policy_host_entry(tessera_text* error) {
  using namespace tessera::python;
  static std::string language;
  static tessera_policy_host host{sizeof(host), TESSERA_POLICY_ABI_MAJOR, TESSERA_POLICY_ABI_MINOR, "", open, create,
                                  interrupt};
  if (embedded != nullptr) return &host;
  if (const char* why = start_interpreter(); why != nullptr) return say(error, why), nullptr;
  try {
    make_embedded();
  } catch (const std::exception& e) {
    say(error, e.what());
    return nullptr;
  }
  language = std::string("Python ") + Py_GetVersion();
  language.resize(language.find(' ', sizeof("Python ") - 1));
  host.language = language.c_str();
  PyEval_SaveThread();  // each call takes the lock
  return &host;
}
