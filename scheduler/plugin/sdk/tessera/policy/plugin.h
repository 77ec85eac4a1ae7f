// From a PolicyEntry to the table that a library exports: every hook is forwarded, and no exception leaves it.
#pragma once

#include <cxxabi.h>
#include <tessera/policy/options.h>

#include <cstdint>
#include <cstdlib>
#include <cstring>
#include <exception>
#include <stdexcept>
#include <string>
#include <typeinfo>
#include <vector>

// Of a library's one PolicyEntry, outside of all namespaces.
#define TESSERA_POLICY(entry)                                                                                  \
  extern "C" TESSERA_POLICY_EXPORT const tessera_policy_plugin* tessera_policy(std::uint32_t, std::uint32_t) { \
    return ::tessera::scheduler::sdk::exported(entry);                                                         \
  }

// Hidden: what is static in here belongs to one library, however many a program has opened.
#pragma GCC visibility push(hidden)
namespace tessera::scheduler::sdk {

inline const PolicyEntry*& the_entry() {
  static const PolicyEntry* entry = nullptr;
  return entry;
}

struct Instance {
  std::unique_ptr<Policy> policy;
  View view;
  std::string score;
};

inline void say(tessera_text* error, const std::string& text) noexcept {
  if (error == nullptr || error->capacity == 0) return;
  const std::size_t length = text.size() < error->capacity ? text.size() : error->capacity - 1;
  std::memcpy(error->data, text.data(), length);
  error->data[length] = '\0';
}

// Runs `body`; 0, or 1 after the text of what it threw went into `error`.
template <class Body>
std::int32_t guarded(tessera_text* error, const Body& body) noexcept {
  try {
    body();
    return 0;
  } catch (const std::exception& e) {
    int status = 0;
    char* name = abi::__cxa_demangle(typeid(e).name(), nullptr, nullptr, &status);
    say(error, std::string(name != nullptr ? name : typeid(e).name()) + ": " + e.what());
    std::free(name);
  } catch (...) {
    say(error, "an exception that is no std::exception");
  }
  return 1;
}

template <class Body>
std::int32_t hook(void* self, const tessera_view* raw, tessera_text* error, const Body& body) noexcept {
  return guarded(error, [&] {
    auto& instance = *static_cast<Instance*>(self);
    instance.view.look_at(*raw);
    body(*instance.policy, instance.view);
  });
}

inline PolicySpec spec_of(tessera_array options) {
  PolicySpec spec;
  spec.name = the_entry()->name;
  const char* at = static_cast<const char*>(options.data);
  for (std::uint64_t i = 0; i < options.count; ++i, at += options.stride) {
    const auto& o = *reinterpret_cast<const tessera_option_value*>(at);
    OptionValue value = o.integer;
    if (o.kind == TESSERA_NUMBER) value = o.number;
    if (o.kind == TESSERA_STRING) value = std::string(o.string);
    if (o.kind == TESSERA_FLAG && the_entry()->options.empty()) value = o.integer != 0;
    spec.options.insert_or_assign(o.key, std::move(value));
  }
  return spec;
}

inline std::int32_t create(tessera_array options, void** policy, tessera_text* error) {
  return guarded(error, [&] {
    auto instance = std::make_unique<Instance>();
    instance->policy = the_entry()->make(spec_of(options));
    if (instance->policy == nullptr) throw std::runtime_error("its PolicyEntry made no policy");
    *policy = instance.release();
  });
}
inline void destroy(void* policy) {
  guarded(nullptr, [&] { delete static_cast<Instance*>(policy); });
}
inline std::int32_t begin(void* self, const tessera_view* raw, tessera_text* error) {
  return guarded(error, [&] {
    auto& instance = *static_cast<Instance*>(self);
    instance.view.look_at(*raw);
    instance.view.begin();
    instance.policy->begin(instance.view);
  });
}
inline std::int32_t decide(void* self, const tessera_view* raw, tessera_action* answer, tessera_text* error) {
  return hook(self, raw, error, [&](Policy& p, const View& v) { put(p.decide(v), *answer); });
}
inline std::int32_t on_arrival(void* self, const tessera_view* raw, std::uint32_t request, tessera_text* error) {
  return hook(self, raw, error, [&](Policy& p, const View& v) { p.on_arrival(v, request); });
}
inline std::int32_t on_tile_ready(void* self, const tessera_view* raw, std::uint32_t tile, tessera_text* error) {
  return hook(self, raw, error, [&](Policy& p, const View& v) { p.on_tile_ready(v, tile); });
}
inline std::int32_t on_transfer_done(void* self, const tessera_view* raw, std::uint32_t core, std::uint32_t operand,
                                     tessera_text* error) {
  return hook(self, raw, error,
              [&](Policy& p, const View& v) { p.on_transfer_done(v, core, static_cast<std::uint8_t>(operand)); });
}
inline std::int32_t on_slot_free(void* self, const tessera_view* raw, std::uint32_t core, std::uint32_t operand,
                                 tessera_text* error) {
  return hook(self, raw, error,
              [&](Policy& p, const View& v) { p.on_slot_free(v, core, static_cast<std::uint8_t>(operand)); });
}
inline std::int32_t on_tile_done(void* self, const tessera_view* raw, std::uint32_t tile, tessera_text* error) {
  return hook(self, raw, error, [&](Policy& p, const View& v) { p.on_tile_done(v, tile); });
}
inline std::int32_t on_illegal(void* self, const tessera_view* raw, const tessera_action* action, std::uint32_t why,
                               tessera_text* error) {
  return hook(self, raw, error,
              [&](Policy& p, const View& v) { p.on_illegal(v, action_of(*action), static_cast<Illegal>(why)); });
}
inline std::int32_t keep(void* self, const tessera_view* raw, std::uint32_t block, std::uint32_t uses_left,
                         std::uint32_t* answer, tessera_text* error) {
  return hook(self, raw, error, [&](Policy& p, const View& v) { *answer = p.keep(v, block, uses_left) ? 1 : 0; });
}
inline std::int32_t candidates(void* self, tessera_array* weighed, tessera_text* error) {
  return guarded(error, [&] {
    const auto all = static_cast<const Instance*>(self)->policy->candidates();
    *weighed = {all.data(), all.size(), sizeof(Candidate)};
  });
}
inline std::int32_t subscriptions(void* self, std::uint32_t* events, tessera_text* error) {
  return guarded(error, [&] { *events = static_cast<const Instance*>(self)->policy->subscriptions().bits(); });
}

inline std::int32_t weighed(void* self, std::uint32_t* count, tessera_text* error) {
  return guarded(error, [&] { *count = static_cast<const Instance*>(self)->policy->weighed(); });
}
inline std::int32_t score(void* self, const char** words, tessera_text* error) {
  return guarded(error, [&] {
    auto& instance = *static_cast<Instance*>(self);
    instance.score = instance.policy->score();
    *words = instance.score.c_str();
  });
}

// Texts of the entry with a closing 0, and the table itself; they live as long as the library.
class Exported {
 public:
  explicit Exported(const PolicyEntry& entry) : name_(entry.name) {
    texts_.reserve(entry.options.size() * 3);  // their addresses are kept
    for (const PolicyOption& o : entry.options) {
      const char* key = keep_text(o.key);
      const char* text = keep_text(o.text);
      options_.push_back({key, text, kind_of(o.kind), 0, o.fallback, o.low, o.high, o.fallback_number, o.low_number,
                          o.high_number, keep_text(o.fallback_text)});
    }
    table = {sizeof(tessera_policy_plugin),
             TESSERA_POLICY_ABI_MAJOR,
             TESSERA_POLICY_ABI_MINOR,
             name_.c_str(),
             {options_.data(), options_.size(), sizeof(tessera_option)},
             create,
             destroy,
             begin,
             decide,
             on_arrival,
             on_tile_ready,
             on_transfer_done,
             on_slot_free,
             on_tile_done,
             on_illegal,
             keep,
             candidates,
             subscriptions,
             weighed,
             score};
  }
  tessera_policy_plugin table;

 private:
  static std::uint32_t kind_of(PolicyOption::Kind kind) {
    switch (kind) {
      case PolicyOption::Kind::integer: return TESSERA_INTEGER;
      case PolicyOption::Kind::number: return TESSERA_NUMBER;
      case PolicyOption::Kind::flag: return TESSERA_FLAG;
      default: return TESSERA_STRING;
    }
  }
  const char* keep_text(std::string_view text) { return texts_.emplace_back(text).c_str(); }

  std::string name_;
  std::vector<std::string> texts_;
  std::vector<tessera_option> options_;
};

inline const tessera_policy_plugin* exported(const PolicyEntry& entry) {
  the_entry() = &entry;
  static const Exported made(entry);
  return &made.table;
}

}  // namespace tessera::scheduler::sdk
#pragma GCC visibility pop
