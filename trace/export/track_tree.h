// The tracks of a timeline as they are added: groups above units above lanes, ranked in the order of their coming.
#pragma once

#include <map>
#include <string>
#include <string_view>

#include "trace/export/timeline.h"

namespace tessera::trace {

class TrackTree {
 public:
  explicit TrackTree(Timeline& timeline) : timeline_(timeline) {}

  // The group of this path, with those above it: "dma", "dma.channel[0]" in "dma". An empty path is none.
  std::uint32_t group(const std::string& path) {
    if (path.empty()) return Timeline::kNoParent;
    if (const auto found = groups_.find(path); found != groups_.end()) return found->second;
    const std::uint32_t track = add(path, group(above(path)), true);
    groups_.emplace(path, track);
    return track;
  }

  // The tracks of a unit that has slices on so many lanes. `what_lies_there`: empty for what its scope says.
  std::vector<std::uint32_t> lanes(const UnitInfo& unit, std::string_view what_lies_there, std::size_t count) {
    if (unit.exclusive && count == 1) return {add(unit.path, group(above(unit.path)), false)};
    const std::uint32_t parent = group(unit.path);
    const std::string name =
        unit.path + " " + (what_lies_there.empty() ? what(unit.scope) : std::string(what_lies_there));
    std::vector<std::uint32_t> tracks;
    for (std::size_t i = 1; i <= count; ++i)
      tracks.push_back(add(count == 1 ? name : name + " " + std::to_string(i), parent, false));
    return tracks;
  }

  // A counter without samples yet, last in its group.
  Timeline::Counter& counter(const std::string& name, std::string unit, const std::string& path) {
    const std::uint32_t parent = group(path);
    timeline_.counters.push_back({name, std::move(unit), parent, rank_++, {}});
    return timeline_.counters.back();
  }

 private:
  // "core[0].sram.input[1]" -> "core[0]", "dma.channel[0]" -> "dma", "host" -> none.
  static std::string above(const std::string& path) {
    const auto dot = path.find('.');
    return dot == std::string::npos ? std::string() : path.substr(0, dot);
  }
  static std::string what(Scope scope) {
    switch (scope) {
      case Scope::host: return "requests";
      case Scope::dma: return "transfers";
      case Scope::dram: return "bursts";
      default: return "spans";
    }
  }
  std::uint32_t add(std::string name, std::uint32_t parent, bool is_group) {
    timeline_.tracks.push_back({std::move(name), parent, rank_++, is_group});
    return static_cast<std::uint32_t>(timeline_.tracks.size() - 1);
  }

  Timeline& timeline_;
  std::map<std::string, std::uint32_t> groups_;
  std::int32_t rank_ = 0;
};

}  // namespace tessera::trace
