// Traces made by hand for tests: a small machine's lanes, and random but lawful records (causes older, deterministic).
#pragma once

#include <filesystem>
#include <random>
#include <string>
#include <vector>

#include "trace/record/collector.h"
#include "trace/record/lanes.h"
#include "trace/record/sink.h"

namespace tessera::trace::test {

inline Lanes small_lanes(std::uint16_t cores = 2) {
  Lanes::Shape shape;
  shape.cores = cores;
  shape.channels = 2;
  return Lanes(shape);
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
    r.unit = static_cast<std::uint16_t>(random() % lanes.units().size());
    const Scope scope = lanes.units()[r.unit].scope;
    r.name = static_cast<Name>(random() % 20);
    if (r.name == Name::waits) r.name = Name::stall;
    r.cause = random() % 3 == 0 ? kNoCause : random() % (sink.emitted() + 1);
    r.payload = random() % 5 == 0 ? static_cast<std::int64_t>(random()) : static_cast<std::int64_t>(random() % 100000);
    r.bytes = static_cast<std::int64_t>(random() % 4096);
    r.tile = random() % 4 == 0 ? kNoTile : static_cast<std::uint32_t>(random() % 1000);
    r.task = static_cast<std::uint32_t>(random() % 4000);
    r.request = static_cast<std::uint16_t>(random());
    r.op = random() % 4 == 0 ? kNoOperator : static_cast<std::uint16_t>(random() % 200);
    r.reason = static_cast<Reason>(random() % kReasonCount);
    r.channel = static_cast<std::uint8_t>(random());
    r.slot = static_cast<std::uint8_t>(random());
    r.operand = static_cast<Operand>(random() % 4);
    r.link = static_cast<Link>(random() % 9);
    r.rows = static_cast<std::uint16_t>(random());
    r.columns = static_cast<std::uint16_t>(random());
    sink.emit(r);
    if (scope == Scope::dma && random() % 3 != 0) {
      const auto wait = [&random] { return base::Ps{static_cast<std::int64_t>(random() % 1000)}; };
      const base::Ps channel = wait(), noc = wait(), dram = wait(), port = wait();
      sink.emit_waits(channel, noc, dram, port);
    }
  }
}

inline bool same(const Record& a, const Record& b) {
  return a.start == b.start && a.end == b.end && a.cause == b.cause && a.payload == b.payload && a.bytes == b.bytes &&
         a.tile == b.tile && a.task == b.task && a.unit == b.unit && a.request == b.request && a.op == b.op &&
         a.name == b.name && a.reason == b.reason && a.channel == b.channel && a.slot == b.slot &&
         a.operand == b.operand && a.link == b.link && a.rows == b.rows && a.columns == b.columns;
}

// The first difference of two collections, or nothing.
inline std::string difference(const Collector& a, const Collector& b) {
  if (a.items().size() != b.items().size()) {
    return std::to_string(a.items().size()) + " records against " + std::to_string(b.items().size());
  }
  for (std::size_t i = 0; i < a.items().size(); ++i) {
    const auto &x = a.items()[i], &y = b.items()[i];
    if (x.id != y.id || !same(x.record, y.record) || x.has_waits != y.has_waits ||
        (x.has_waits && !same(x.waits, y.waits))) {
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
