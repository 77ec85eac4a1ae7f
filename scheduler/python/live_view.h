// The dispatcher's state as a hook in Python may ask it: the questions of the C interface, with every argument checked
// where Python can say which line asked. What is thrown becomes IndexError and RuntimeError there.
#pragma once

#include <cstdint>
#include <memory>
#include <span>
#include <stdexcept>
#include <string>

#include "scheduler/plugin/sdk/tessera_policy.h"
#include "scheduler/python/graph_copy.h"

namespace tessera::python {

inline constexpr std::uint32_t kKinds = 3;  // of tiles that a policy dispatches

class LiveView {
 public:
  std::shared_ptr<const GraphCopy> copy;  // from begin() on
  const tessera_view* raw = nullptr;      // null: no hook is under way

  [[nodiscard]] const tessera_view& now(const char* question) const {
    if (raw != nullptr) return *raw;
    throw std::runtime_error(std::string(question) +
                             " was asked outside of a hook: a view is good until the hook that got it returns");
  }
  [[nodiscard]] const GraphCopy& tables(const char* question) const {
    static_cast<void>(now(question));
    return *copy;
  }
  [[nodiscard]] const std::shared_ptr<const GraphCopy>& held(const char* question) const {
    static_cast<void>(now(question));
    return copy;
  }
  // The id, if it is below the count.
  [[nodiscard]] static std::uint32_t below(std::uint64_t count, const char* question, const char* what,
                                           std::int64_t id) {
    if (id >= 0 && static_cast<std::uint64_t>(id) < count) return static_cast<std::uint32_t>(id);
    throw std::out_of_range(std::string(question) + " was asked of " + what + " " + std::to_string(id) +
                            ", and there are " + std::to_string(count));
  }
  [[nodiscard]] std::uint32_t tile(const char* question, std::int64_t id) const {
    return below(tables(question).tiles.size(), question, "tile", id);
  }
  [[nodiscard]] std::uint32_t core(const char* question, std::int64_t id) const {
    return below(static_cast<std::uint64_t>(tables(question).machine.cores), question, "core", id);
  }
  [[nodiscard]] std::uint32_t block(const char* question, std::int64_t id) const {
    return below(tables(question).blocks.size(), question, "block", id);
  }
  [[nodiscard]] std::uint32_t channel(const char* question, std::int64_t id) const {
    return below(tables(question).channels.size(), question, "channel", id);
  }
  [[nodiscard]] std::uint32_t request(const char* question, std::int64_t id) const {
    return below(tables(question).arrivals_ps.size(), question, "request", id);
  }
  [[nodiscard]] static std::uint32_t operand(const char* question, std::int64_t id) {
    return below(2, question, "operand", id);
  }

  // The lowest ready tile of a kind from `from` on; TESSERA_NO_ID: none.
  [[nodiscard]] std::uint32_t next_ready(std::uint32_t kind, std::uint32_t from) const {
    const tessera_view& v = now("ready");
    return v.ask->next_ready(v.host, kind, from);
  }
  [[nodiscard]] std::uint32_t next_accepting(std::uint32_t kind, std::uint32_t from) const {
    const tessera_view& v = now("accepting");
    return v.ask->next_accepting(v.host, kind, from);
  }
  [[nodiscard]] std::uint32_t next_continuing(std::uint32_t from) const {
    const tessera_view& v = now("continuing");
    return v.ask->next_continuing(v.host, from);
  }
  [[nodiscard]] std::span<const std::uint32_t> continuations(std::uint32_t core) const {
    const tessera_view& v = now("continuations");
    const tessera_array a = v.ask->continuations(v.host, core);
    return {static_cast<const std::uint32_t*>(a.data), static_cast<std::size_t>(a.count)};
  }
  [[nodiscard]] std::uint32_t check(const tessera_action& action) const {
    const tessera_view& v = now("check");
    return v.ask->check(v.host, &action);
  }
};

}  // namespace tessera::python
