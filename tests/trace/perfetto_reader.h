// Reads a Perfetto file as its importer does, from the wire: numbers of a list one by one and never packed, an event
// only with its time, begin and end as a stack on each track, names by their numbers. What an importer would drop
// without a word throws here. The field numbers and wire types below are those of Perfetto's own (proto2) schema.
#pragma once

#include <algorithm>
#include <array>
#include <cstdint>
#include <map>
#include <optional>
#include <set>
#include <stdexcept>
#include <string>
#include <vector>

#include "base/utf8.h"
#include "tests/trace/wire.h"

namespace tessera::trace::test {

struct PerfettoTrace {
  struct Track {
    std::string name, description, counter_unit;
    std::uint64_t parent = 0;
    std::int64_t rank = 0;
    bool counter = false, ordered = false;  // ordered: its children by rank
  };
  struct Slice {
    std::uint64_t track = 0;
    std::int64_t begin = 0, end = -1;  // ns
    bool instant = false;
    std::string name, category;
    std::map<std::string, std::string> args;
  };
  struct Sample {
    std::int64_t at = 0, value = 0;
  };
  std::map<std::uint64_t, Track> tracks;                   // by uuid
  std::vector<Slice> slices;                               // in the order of their begins in the file
  std::vector<std::pair<std::size_t, std::size_t>> flows;  // indices into slices
  std::map<std::uint64_t, std::vector<Sample>> counters;   // by uuid

  [[nodiscard]] std::uint64_t track(const std::string& name) const {
    for (const auto& [uuid, t] : tracks) {
      if (t.name == name) return uuid;
    }
    throw std::runtime_error("there is no track " + name);
  }
  [[nodiscard]] const std::vector<Sample>& samples(const std::string& name) const { return counters.at(track(name)); }
};

class PerfettoReader {
 public:
  [[nodiscard]] PerfettoTrace read(std::string_view file) {
    for (const WireField& f : wire_fields(file)) {
      need(f.number == 1 && f.type == WireField::length, "a field beside the packets");
      packet(f.bytes);
    }
    for (const auto& [track, open] : open_) need(open.empty(), "a slice without an end");
    need(active_.empty(), "an arrow without an end");
    return std::move(trace_);
  }

 private:
  static void need(bool holds, const std::string& what) {
    if (!holds) throw std::runtime_error(what);
  }

  struct Form {
    std::uint32_t number, type;
    bool repeated = false;
  };
  using Type = WireField::Type;

  // The fields of a message, each one of those that Perfetto knows.
  template <std::size_t N>
  static std::vector<WireField> message(std::string_view bytes, const std::array<Form, N>& forms, const char* name) {
    std::vector<WireField> fields = wire_fields(bytes);
    std::set<std::uint32_t> seen;
    for (const WireField& f : fields) {
      const auto form = std::find_if(forms.begin(), forms.end(), [&](const Form& x) { return x.number == f.number; });
      const std::string what = std::string(name) + " field " + std::to_string(f.number);
      need(form != forms.end(), what + " is not Perfetto's");
      need(form->type == f.type, what + " has wire type " + std::to_string(f.type));
      need(seen.insert(f.number).second || form->repeated, what + " comes twice");
    }
    return fields;
  }
  static std::string text(std::string_view bytes) {
    std::string t(bytes);
    need(base::as_utf8(t) == t, "a string that is not UTF-8");
    return t;
  }

  void packet(std::string_view bytes) {
    constexpr std::array kForms{Form{8, Type::varint},  Form{10, Type::varint}, Form{11, Type::length},
                                Form{12, Type::length}, Form{13, Type::varint}, Form{60, Type::length},
                                Form{87, Type::varint}};
    std::optional<std::int64_t> time;
    std::uint64_t sequence = 0, flags = 0;
    bool first = false;
    std::string_view event, track, interned;
    for (const WireField& f : message(bytes, kForms, "TracePacket")) {
      if (f.number == 8) time = static_cast<std::int64_t>(f.value);
      if (f.number == 10) sequence = f.value;
      if (f.number == 11) event = f.bytes;
      if (f.number == 12) interned = f.bytes;
      if (f.number == 13) flags = f.value;
      if (f.number == 60) track = f.bytes;
      if (f.number == 87) first = f.value != 0;
    }
    need(sequence == 1, "a packet of another sequence");
    need(first == (packets_ == 0) && flags == (packets_ == 0 ? 3u : 2u), "state is cleared at the first packet alone");
    ++packets_;
    intern(interned);
    if (!track.empty()) return describe(track);
    need(!event.empty(), "a packet with nothing in it");
    need(time.has_value(), "an event without a time");
    on_event(event, *time);
  }

  void intern(std::string_view bytes) {
    constexpr std::array kForms{Form{1, Type::length, true}, Form{2, Type::length, true}, Form{3, Type::length, true},
                                Form{29, Type::length, true}};
    constexpr std::array kEntry{Form{1, Type::varint}, Form{2, Type::length}};
    for (const WireField& f : message(bytes, kForms, "InternedData")) {
      std::uint64_t iid = 0;
      std::string name;
      for (const WireField& e : message(f.bytes, kEntry, "interned entry")) {
        if (e.number == 1) iid = e.value;
        else name = text(e.bytes);
      }
      need(iid != 0 && strings_[f.number].emplace(iid, name).second, "an interned string without a number of its own");
    }
  }
  const std::string& interned(std::uint32_t list, std::uint64_t iid) const {
    const auto of_list = strings_.find(list);
    need(of_list != strings_.end() && of_list->second.count(iid) == 1, "a string that was not interned before");
    return of_list->second.at(iid);
  }

  void describe(std::string_view bytes) {
    constexpr std::array kForms{Form{1, Type::varint},  Form{2, Type::length},  Form{5, Type::varint},
                                Form{8, Type::length},  Form{11, Type::varint}, Form{12, Type::varint},
                                Form{14, Type::length}, Form{15, Type::varint}};
    constexpr std::array kCounter{Form{3, Type::varint}, Form{6, Type::length}};
    PerfettoTrace::Track t;
    std::uint64_t uuid = 0, merge = 0;
    for (const WireField& f : message(bytes, kForms, "TrackDescriptor")) {
      if (f.number == 1) uuid = f.value;
      if (f.number == 2) t.name = text(f.bytes);
      if (f.number == 5) t.parent = f.value;
      if (f.number == 11) t.ordered = f.value == 3;
      if (f.number == 12) t.rank = static_cast<std::int64_t>(f.value);
      if (f.number == 14) t.description = text(f.bytes);
      if (f.number == 15) merge = f.value;
      if (f.number != 8) continue;
      t.counter = true;
      for (const WireField& c : message(f.bytes, kCounter, "CounterDescriptor"))
        t.counter_unit = c.number == 6 ? text(c.bytes) : c.value == 2 ? "count" : "?";
    }
    need(uuid != 0, "a track without a number");
    if (t.parent != 0) {
      need(trace_.tracks.count(t.parent) == 1, "a track whose parent was not described before");
      need(trace_.tracks.at(t.parent).ordered, "children without an order");
      need(merge == 2, "tracks of one name would be merged");
    }
    need(trace_.tracks.emplace(uuid, t).second, "a track that is described twice");
  }

  void on_event(std::string_view bytes, std::int64_t time) {
    constexpr std::array kForms{Form{3, Type::varint, true},   Form{4, Type::length, true},  Form{9, Type::varint},
                                Form{10, Type::varint},        Form{11, Type::varint},       Form{30, Type::varint},
                                Form{47, Type::fixed64, true}, Form{48, Type::fixed64, true}};
    PerfettoTrace::Slice s;
    s.begin = time;
    std::uint64_t type = 0;
    std::optional<std::int64_t> value;
    std::vector<std::uint64_t> begun, ended;
    for (const WireField& f : message(bytes, kForms, "TrackEvent")) {
      if (f.number == 3) s.category = interned(1, f.value);
      if (f.number == 4) annotate(f.bytes, s);
      if (f.number == 9) type = f.value;
      if (f.number == 10) s.name = interned(2, f.value);
      if (f.number == 11) s.track = f.value;
      if (f.number == 30) value = static_cast<std::int64_t>(f.value);
      if (f.number == 47) begun.push_back(f.value);
      if (f.number == 48) ended.push_back(f.value);
    }
    need(trace_.tracks.count(s.track) == 1, "an event on a track that was not described before");
    need(trace_.tracks.at(s.track).counter == (type == 4), "a slice on a counter, or a sample beside one");
    need(time >= last_[s.track], "times of a track that go back");
    last_[s.track] = time;
    if (type == 4) {
      need(value.has_value(), "a sample without a value");
      trace_.counters[s.track].push_back({time, *value});
    } else if (type == 2) {
      auto& open = open_[s.track];
      need(!open.empty(), "an end without a begin");
      trace_.slices[open.back()].end = time;
      open.pop_back();
    } else {
      begin(std::move(s), type, begun, ended);
    }
  }

  void begin(PerfettoTrace::Slice s, std::uint64_t type, const std::vector<std::uint64_t>& begun,
             const std::vector<std::uint64_t>& ended) {
    need(type == 1 || type == 3, "an event without a type");
    need(!s.name.empty() && !s.category.empty(), "a slice without a name or a category");
    s.instant = type == 3;
    const std::size_t index = trace_.slices.size();
    for (const auto id : ended) {
      need(active_.count(id) == 1, "an arrow that ends before it begins");
      trace_.flows.emplace_back(active_.at(id), index);
      active_.erase(id);
    }
    for (const auto id : begun) need(active_.emplace(id, index).second, "an arrow that begins twice");
    if (s.instant) s.end = s.begin;
    else open_[s.track].push_back(index);
    trace_.slices.push_back(std::move(s));
  }

  void annotate(std::string_view bytes, PerfettoTrace::Slice& s) const {
    constexpr std::array kForms{Form{1, Type::varint}, Form{4, Type::varint}, Form{17, Type::varint}};
    std::string key, value;
    for (const WireField& f : message(bytes, kForms, "DebugAnnotation")) {
      if (f.number == 1) key = interned(3, f.value);
      if (f.number == 4) value = std::to_string(static_cast<std::int64_t>(f.value));
      if (f.number == 17) value = interned(29, f.value);
    }
    need(!value.empty() && s.args.emplace(key, value).second, "an argument without a value, or one that comes twice");
  }

  PerfettoTrace trace_;
  std::size_t packets_ = 0;
  std::map<std::uint32_t, std::map<std::uint64_t, std::string>> strings_;  // by field of InternedData
  std::map<std::uint64_t, std::vector<std::size_t>> open_;                 // by track
  std::map<std::uint64_t, std::int64_t> last_;
  std::map<std::uint64_t, std::size_t> active_;  // where an arrow began
};

[[nodiscard]] inline PerfettoTrace read_perfetto(std::string_view file) { return PerfettoReader().read(file); }

inline const PerfettoTrace::Slice& slice_of(const PerfettoTrace& trace, const std::string& record) {
  for (const auto& s : trace.slices) {
    if (s.args.at("record") == record) return s;
  }
  throw std::runtime_error("no slice of record " + record);
}

}  // namespace tessera::trace::test
