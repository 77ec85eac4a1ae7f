// Chrome JSON: complete events (X), arrows (s, f), counters (C). A track is a thread; its outermost group ("core[0]",
// "dma") is the process. Importers drop spans that nest partly on one thread. The timeline has none, and none arise
// from rounding: begins and ends are rounded down to the nanoseconds that importers calculate in, and a duration is the
// difference of both. The exact times are among the arguments.
#include <fmt/format.h>

#include "base/escape.h"
#include "trace/export/arguments.h"
#include "trace/export/formats.h"
#include "trace/export/timeline.h"

namespace tessera::trace {
namespace {

using base::json_text;
constexpr std::int64_t kPsPerNs = 1000;

std::int64_t ns(base::Ps t) { return t.count() / kPsPerNs; }
// Nanoseconds as microseconds, every digit kept. Times are not negative.
std::string us(std::int64_t t) { return fmt::format("{}.{:03}", t / 1000, t % 1000); }

class ChromeExport {
 public:
  ChromeExport(const FileReader& reader, const Timeline& timeline, TextOutput& out)
      : reader_(reader), timeline_(timeline), out_(out) {}
  void write() {
    out_.put("{\"displayTimeUnit\":\"ns\",\"otherData\":{");
    std::string meta;
    for (const auto& [key, value] : reader_.header().meta)
      meta += fmt::format("{}{}:{}", meta.empty() ? "" : ",", json_text(key), json_text(value));
    out_.put(meta + "},\"traceEvents\":[\n");
    for (std::uint32_t i = 0; i < timeline_.tracks.size(); ++i) name_track(i);
    write_slices();
    for (const Timeline::Counter& c : timeline_.counters) {
      const std::string head =
          fmt::format(R"("ph":"C","name":{},"pid":{},"tid":0)", json_text(c.name), process(c.parent));
      for (const auto& sample : c.samples)
        event(fmt::format(R"({},"ts":{},"args":{{{}:{}}})", head, us(ns(sample.at)), json_text(c.unit), sample.value));
    }
    out_.put("\n]}\n");
  }

 private:
  void event(const std::string& body) {
    out_.put(first_ ? "{" : ",\n{");
    first_ = false;
    out_.put(body);
    out_.put("}");
  }
  // The outermost group + 1; what lies in no group shares process 0.
  [[nodiscard]] std::uint32_t process(std::uint32_t group) const {
    if (group == Timeline::kNoParent) return 0;
    while (timeline_.tracks[group].parent != Timeline::kNoParent) group = timeline_.tracks[group].parent;
    return group + 1;
  }
  [[nodiscard]] std::string place(std::uint32_t track) const {
    return fmt::format(R"("pid":{},"tid":{})", process(timeline_.tracks[track].parent), track + 1);
  }
  void name_track(std::uint32_t i) {
    const Timeline::Track& t = timeline_.tracks[i];
    if (t.group && t.parent != Timeline::kNoParent) return;  // its lanes carry its name
    const std::string where = t.group ? fmt::format(R"("pid":{},"tid":0)", process(i)) : place(i);
    const char* what = t.group ? "process" : "thread";
    event(fmt::format(R"("ph":"M","name":"{}_name",{},"args":{{"name":{}}})", what, where, json_text(t.name)));
    event(fmt::format(R"("ph":"M","name":"{}_sort_index",{},"args":{{"sort_index":{}}})", what, where, t.rank));
  }

  // The ends of arrows stand behind their slice, before what nests in it: importers bind them to the slice that began
  // last on the thread.
  void write_slices() {
    std::vector<std::vector<std::size_t>> out(timeline_.slices.size()), in(timeline_.slices.size());
    for (std::size_t i = 0; i < timeline_.flows.size(); ++i) {
      out[timeline_.flows[i].from].push_back(i + 1);
      in[timeline_.flows[i].to].push_back(i + 1);
    }
    for (std::size_t i = 0; i < timeline_.slices.size(); ++i) {
      const Timeline::Slice& s = timeline_.slices[i];
      write_slice(s);
      const std::string where = fmt::format(R"({},"ts":{})", place(s.track), us(ns(s.start)));
      for (const auto id : in[i])
        event(fmt::format(R"("ph":"f","bp":"e","name":"edge","cat":"flow","id":{},{})", id, where));
      for (const auto id : out[i]) event(fmt::format(R"("ph":"s","name":"edge","cat":"flow","id":{},{})", id, where));
    }
  }
  void write_slice(const Timeline::Slice& s) {
    const Record& r = s.record;
    std::string args =
        fmt::format(R"("record":{},"start_ps":{},"length_ps":{})", s.id, r.start.count(), r.length().count());
    for_each_argument(r, s.waits, reader_.tiles(), [&args](const Argument& a) {
      args += fmt::format(R"(,"{}":{})", a.field.key, a.text.empty() ? std::to_string(a.number) : json_text(a.text));
    });
    const std::string head =
        fmt::format(R"("name":{},"cat":"{}",{},"ts":{})", json_text(slice_name(r, reader_.tiles())),
                    to_string(reader_.header().units[r.unit].scope), place(s.track), us(ns(s.start)));
    if (s.instant()) return event(fmt::format(R"("ph":"i","s":"t",{},"args":{{{}}})", head, args));
    event(fmt::format(R"("ph":"X",{},"dur":{},"args":{{{}}})", head, us(ns(s.end) - ns(s.start)), args));
  }

  const FileReader& reader_;
  const Timeline& timeline_;
  TextOutput& out_;
  bool first_ = true;
};

}  // namespace

std::optional<base::Diagnostics> write_chrome(FileReader& reader, TextOutput& out) {
  const auto timeline = build_timeline(reader);
  if (!timeline) return timeline.problems();
  ChromeExport(reader, *timeline, out).write();
  return std::nullopt;
}

}  // namespace tessera::trace
