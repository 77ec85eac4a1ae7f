#include "models/network/operator_sources.h"

#include <set>
#include <unordered_map>

namespace tessera::models {

namespace {

class Sources {
 public:
  explicit Sources(const Network& network) {
    for (const PassNote& note : network.notes) {
      if (!note.into.empty()) parts_[note.into].push_back(&note);
      if (note.what.starts_with("expanded into")) expanded_.emplace(note.operator_name, &note);
    }
  }

  [[nodiscard]] std::vector<PassNote> of(const std::string& name) const {
    std::vector<PassNote> found;
    std::set<std::string> seen{name};
    add(name, found, seen);
    return found;
  }

 private:
  void add(const std::string& name, std::vector<PassNote>& found, std::set<std::string>& seen) const {
    if (const PassNote* whole = expanded_from(name); whole != nullptr && seen.insert(whole->operator_name).second)
      found.push_back(*whole);
    const auto parts = parts_.find(name);
    if (parts == parts_.end()) return;
    for (const PassNote* part : parts->second) {
      if (!seen.insert(part->operator_name).second) continue;
      found.push_back(*part);
      add(part->operator_name, found, seen);
    }
  }

  // The nodes of an expansion are named after it: NODE/PART.
  [[nodiscard]] const PassNote* expanded_from(const std::string& name) const {
    if (expanded_.empty()) return nullptr;
    for (std::size_t end = name.rfind('/'); end != std::string::npos && end > 0; end = name.rfind('/', end - 1)) {
      const auto whole = expanded_.find(name.substr(0, end));
      if (whole != expanded_.end()) return whole->second;
    }
    return nullptr;
  }

  std::unordered_map<std::string, std::vector<const PassNote*>> parts_;
  std::unordered_map<std::string, const PassNote*> expanded_;
};

}  // namespace

std::vector<std::vector<PassNote>> operator_sources(const Network& network) {
  const Sources sources(network);
  std::vector<std::vector<PassNote>> all;
  for (const Operator& op : network.operators) all.push_back(sources.of(op.name));
  return all;
}

}  // namespace tessera::models
