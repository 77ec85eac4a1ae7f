// Traces made by hand for tests: a small machine's lanes, and random but lawful records (causes older, deterministic).
#pragma once

#include <filesystem>
#include <random>
#include <string>
#include <vector>

#include "trace/record/collector.h"
#include "trace/record/field_value.h"
#include "trace/record/lanes.h"
#include "trace/record/sink.h"

namespace tessera::trace::test {

inline Lanes small_lanes(std::uint16_t cores = 2) {
  Lanes::Shape shape;
  shape.cores = cores;
  shape.channels = 2;
  return Lanes(shape);
}

// A name that may stand on a lane of this scope.
inline Name random_name(std::mt19937_64& random, Scope scope) {
  for (;;) {
    const auto name = static_cast<Name>(random() % kNameCount);
    if (allowed_on(name, scope)) return name;
  }
}

// Any number that may stand in the field.
inline std::int64_t random_value(std::mt19937_64& random, Field f) {
  const FieldSpec& s = spec(f);
  const std::int64_t any = static_cast<std::int64_t>(random());
  if (s.words != nullptr) return static_cast<std::int64_t>(random() % s.word_count);
  if (s.none && random() % 4 == 0) return s.absent;
  if (s.bits == 64) return random() % 5 == 0 ? any : static_cast<std::int64_t>(random() % 100000);
  return static_cast<std::int64_t>(random() % ((std::uint64_t{1} << s.bits) - (s.absent < 0 ? 1 : 0)));
}

// Any bit pattern that a record may carry, on lanes of `lanes`; transfers sometimes with waits.
inline void emit_random(Sink& sink, const Lanes& lanes, std::size_t count, std::uint32_t seed) {
  std::mt19937_64 random(seed);
  std::int64_t now = 0;
  for (std::size_t i = 0; i < count; ++i) {
    Record r;
    now += static_cast<std::int64_t>(random() % 5000);
    r.end = base::Ps{now};
    r.start = base::Ps{now - static_cast<std::int64_t>(random() % 3000)};
    do r.unit = static_cast<std::uint16_t>(random() % lanes.units().size());
    while (lanes.units()[r.unit].scope == Scope::noc);  // nothing is recorded there
    const Scope scope = lanes.units()[r.unit].scope;
    r.name = random_name(random, scope);
    for (const FieldSpec& f : kFields) {
      if (!r.has(f.field)) continue;
      if (f.field != Field::cause) set(r, f.field, random_value(random, f.field));
      else if (random() % 3 != 0) r.cause = random() % (sink.emitted() + 1);
    }
    sink.emit(r);
    if (scope == Scope::dma && random() % 3 != 0) {
      const auto wait = [&random] { return base::Ps{static_cast<std::int64_t>(random() % 1000)}; };
      const base::Ps channel = wait(), noc = wait(), dram = wait();
      sink.emit_waits({channel, noc, dram});
    }
  }
}

// The first difference of two collections, or nothing.
inline std::string difference(const Collector& a, const Collector& b) {
  if (a.items().size() != b.items().size()) {
    return std::to_string(a.items().size()) + " records against " + std::to_string(b.items().size());
  }
  for (std::size_t i = 0; i < a.items().size(); ++i) {
    const auto &x = a.items()[i], &y = b.items()[i];
    if (x.id != y.id || !(x.record == y.record) || x.waits != y.waits) {
      return "record " + std::to_string(i) + " differs";
    }
  }
  return a.end() == b.end() ? "" : "end differs";
}

// A folder of its own for a test, removed at its end.
class ScratchFolder {
 public:
  ScratchFolder() {
    std::string pattern = (std::filesystem::temp_directory_path() / "tessera_trace_XXXXXX").string();
    path_ = mkdtemp(pattern.data());
  }
  ~ScratchFolder() { std::filesystem::remove_all(path_); }
  ScratchFolder(const ScratchFolder&) = delete;
  ScratchFolder& operator=(const ScratchFolder&) = delete;
  [[nodiscard]] std::filesystem::path operator/(const std::string& name) const { return path_ / name; }

 private:
  std::filesystem::path path_;
};

}  // namespace tessera::trace::test
