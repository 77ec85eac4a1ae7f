#include "trace/file/run_facts.h"

#include <algorithm>
#include <cstdlib>

namespace tessera::trace {
namespace {

using Meta = std::map<std::string, std::string>;

std::string as_text(const std::string& value) { return value; }
std::string as_text(std::int64_t value) { return std::to_string(value); }

void set(std::string& field, const std::string& text) { field = text; }
void set(std::int64_t& field, const std::string& text) { field = std::strtoll(text.c_str(), nullptr, 10); }

void read(const Meta& meta, FactPlace place, RunFacts& facts) {
  for (const FactKey& fact : kFactKeys) {
    const auto found = meta.find(std::string(fact.key));
    if (fact.place != place || found == meta.end()) continue;
    std::visit([&](auto member) { set(facts.*member, found->second); }, fact.member);
  }
}

}  // namespace

Meta meta_of(const RunFacts& facts, FactPlace place) {
  Meta meta;
  for (const FactKey& fact : kFactKeys) {
    if (fact.place != place) continue;
    meta[std::string(fact.key)] = std::visit([&](auto member) { return as_text(facts.*member); }, fact.member);
  }
  return meta;
}

RunFacts facts_of(const TraceHeader& header, const Trailer* trailer) {
  RunFacts facts;
  read(header.meta, FactPlace::head, facts);
  if (trailer != nullptr) read(trailer->meta, FactPlace::trailer, facts);
  facts.clock_den = std::max<std::int64_t>(1, facts.clock_den);
  return facts;
}

}  // namespace tessera::trace
