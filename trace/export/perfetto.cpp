// Perfetto protobuf. The rules that importers do not report when broken: one sequence id on every packet, names
// interned before use, begin and end a stack on each track, one flow id for each arrow.
#include <unordered_map>

#include "base/utf8.h"
#include "base/varint.h"
#include "perfetto.pb.h"
#include "trace/export/arguments.h"
#include "trace/export/formats.h"
#include "trace/export/timeline.h"

namespace tessera::trace {
namespace {

using base::Ps;
using perfetto::TracePacket;
using perfetto::TrackEvent;

constexpr std::uint32_t kSequence = 1;
constexpr std::uint32_t kClearsState = 1, kNeedsState = 2;
constexpr std::int32_t kNoMerge = 2, kExplicitOrder = 3, kUnitCount = 2;
constexpr std::int64_t kPsPerNs = 1000;

class PacketWriter {
 public:
  explicit PacketWriter(TextOutput& out) : out_(out) {}
  TracePacket& next() {
    packet_.Clear();
    packet_.set_trusted_packet_sequence_id(kSequence);
    packet_.set_sequence_flags(first_ ? kClearsState | kNeedsState : kNeedsState);
    if (first_) packet_.set_first_packet_on_sequence(true);
    first_ = false;
    return packet_;
  }
  void write() {
    packet_.SerializeToString(&bytes_);
    std::string head(1, '\x0a');
    base::put_varint(head, bytes_.size());
    out_.put(head);
    out_.put(bytes_);
  }

 private:
  TextOutput& out_;
  TracePacket packet_;
  std::string bytes_;
  bool first_ = true;
};

// Numbers of strings; a new one is announced in the packet that uses it first.
class Interner {
 public:
  template <class Add>
  std::uint64_t number(const std::string& text, Add add) {
    const auto [it, added] = numbers_.try_emplace(text, numbers_.size() + 1);
    if (added) add(it->second);
    return it->second;
  }

 private:
  std::unordered_map<std::string, std::uint64_t> numbers_;
};

class PerfettoExport {
 public:
  PerfettoExport(const FileReader& reader, const Timeline& timeline, TextOutput& out)
      : reader_(reader), timeline_(timeline), packets_(out), flow_at_(timeline.slices.size()) {}
  void write() {
    describe_tracks();
    for (std::size_t i = 0; i < timeline_.flows.size(); ++i) {
      flow_at_[timeline_.flows[i].from].out.push_back(i + 1);
      flow_at_[timeline_.flows[i].to].in.push_back(i + 1);
    }
    for (const Edge& e : edges_in_order(timeline_)) write_edge(e);
    write_counters();
  }

 private:
  struct Flows {
    std::vector<std::uint64_t> out, in;
  };
  static std::uint64_t ns(Ps t) { return static_cast<std::uint64_t>(t.count() / kPsPerNs); }
  [[nodiscard]] std::uint64_t root_uuid() const { return 1; }
  [[nodiscard]] std::uint64_t uuid(std::uint32_t track) const { return 2 + track; }
  [[nodiscard]] std::uint64_t counter_uuid(std::size_t counter) const { return 2 + timeline_.tracks.size() + counter; }

  perfetto::TrackDescriptor* describe_track(std::uint64_t id, const std::string& name, std::uint32_t parent,
                                            std::int32_t rank) {
    auto* d = packets_.next().mutable_track_descriptor();
    d->set_uuid(id);
    d->set_name(base::as_utf8(name));
    d->set_parent_uuid(parent == Timeline::kNoParent ? root_uuid() : uuid(parent));
    d->set_sibling_order_rank(rank);
    d->set_sibling_merge_behavior(kNoMerge);
    return d;
  }

  void describe_tracks() {
    std::string note = "Times are real nanoseconds of simulated time, rounded down; start_ps and length_ps are exact.";
    for (const auto& [key, value] : reader_.header().meta) note += "\n" + base::as_utf8(key + ": " + value);
    auto* root = packets_.next().mutable_track_descriptor();
    root->set_uuid(root_uuid());
    root->set_name("tessera");
    root->set_description(note);
    root->set_child_ordering(kExplicitOrder);
    packets_.write();
    for (std::uint32_t i = 0; i < timeline_.tracks.size(); ++i) {
      const Timeline::Track& t = timeline_.tracks[i];
      describe_track(uuid(i), t.name, t.parent, t.rank)->set_child_ordering(kExplicitOrder);
      packets_.write();
    }
    for (std::size_t i = 0; i < timeline_.counters.size(); ++i) {
      const Timeline::Counter& c = timeline_.counters[i];
      auto* d = describe_track(counter_uuid(i), c.name, c.parent, c.rank);
      if (c.unit == "count") d->mutable_counter()->set_unit(kUnitCount);
      else d->mutable_counter()->set_unit_name(c.unit);
      packets_.write();
    }
  }

  void write_edge(const Edge& e) {
    const Timeline::Slice& s = timeline_.slices[e.slice];
    TracePacket& p = packets_.next();
    p.set_timestamp(ns(e.at));
    TrackEvent& event = *p.mutable_track_event();
    event.set_track_uuid(uuid(s.track));
    event.set_type(!e.begin      ? TrackEvent::TYPE_SLICE_END
                   : s.instant() ? TrackEvent::TYPE_INSTANT
                                 : TrackEvent::TYPE_SLICE_BEGIN);
    if (e.begin) {
      describe(s, p, event);
      for (const std::uint64_t id : flow_at_[e.slice].out) event.add_flow_ids(id);
      for (const std::uint64_t id : flow_at_[e.slice].in) event.add_terminating_flow_ids(id);
    }
    packets_.write();
  }

  void describe(const Timeline::Slice& s, TracePacket& p, TrackEvent& event) {
    const Record& r = s.record;
    const auto add_name = [&p](auto* list, const std::string& text) {
      return [list, &text](std::uint64_t iid) {
        auto* entry = list->Add();
        entry->set_iid(iid);
        entry->set_name(text);
      };
    };
    const auto interned = [&p] { return p.mutable_interned_data(); };
    const std::string name = base::as_utf8(slice_name(r, reader_.tiles())),
                      category(to_string(reader_.header().units[r.unit].scope));
    event.set_name_iid(
        names_.number(name, [&](std::uint64_t iid) { add_name(interned()->mutable_event_names(), name)(iid); }));
    event.add_category_iids(categories_.number(
        category, [&](std::uint64_t iid) { add_name(interned()->mutable_event_categories(), category)(iid); }));
    const auto annotate = [&](const std::string& key) {
      auto* a = event.add_debug_annotations();
      a->set_name_iid(keys_.number(
          key, [&](std::uint64_t iid) { add_name(interned()->mutable_debug_annotation_names(), key)(iid); }));
      return a;
    };
    const auto number = [&](const char* key, std::int64_t value) { annotate(key)->set_int_value(value); };
    number("record", static_cast<std::int64_t>(s.id));
    number("start_ps", r.start.count());
    number("length_ps", (r.end - r.start).count());
    for_each_argument(r, s.waits, reader_.tiles(), [&](const Argument& a) {
      auto* annotation = annotate(std::string(a.field.key));
      if (a.text.empty()) return annotation->set_int_value(a.number);
      const std::string text = base::as_utf8(a.text);
      annotation->set_string_value_iid(values_.number(text, [&](std::uint64_t iid) {
        auto* entry = interned()->add_debug_annotation_string_values();
        entry->set_iid(iid);
        entry->set_str(text);
      }));
    });
  }

  void write_counters() {
    for (std::size_t i = 0; i < timeline_.counters.size(); ++i) {
      for (const auto& sample : timeline_.counters[i].samples) {
        TracePacket& p = packets_.next();
        p.set_timestamp(ns(sample.at));
        p.mutable_track_event()->set_type(TrackEvent::TYPE_COUNTER);
        p.mutable_track_event()->set_track_uuid(counter_uuid(i));
        p.mutable_track_event()->set_counter_value(sample.value);
        packets_.write();
      }
    }
  }

  const FileReader& reader_;
  const Timeline& timeline_;
  PacketWriter packets_;
  Interner names_, categories_, keys_, values_;
  std::vector<Flows> flow_at_;  // by slice
};

}  // namespace

std::optional<base::Diagnostics> write_perfetto(FileReader& reader, TextOutput& out) {
  const auto timeline = build_timeline(reader);
  if (!timeline) return timeline.problems();
  PerfettoExport(reader, *timeline, out).write();
  return std::nullopt;
}

}  // namespace tessera::trace
