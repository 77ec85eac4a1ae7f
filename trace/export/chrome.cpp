// Chrome JSON: complete events (X) with exact decimal microseconds, arrows (s, f), counters (C). A track is a thread;
// its group ("core[0]", "dma") is the process. Spans that nest partly on one thread would be dropped by importers;
// the timeline has none.
#include <fmt/format.h>

#include <nlohmann/json.hpp>

#include "trace/export/arguments.h"
#include "trace/export/formats.h"
#include "trace/export/timeline.h"

namespace tessera::trace {
namespace {

std::string quoted(const std::string& text) {
  return nlohmann::json(text).dump(-1, ' ', false, nlohmann::json::error_handler_t::replace);
}
// Picoseconds as microseconds, every digit kept. Times are not negative.
std::string us(base::Ps t) { return fmt::format("{}.{:06}", t.count() / 1'000'000, t.count() % 1'000'000); }

class ChromeExport {
 public:
  ChromeExport(const FileReader& reader, const Timeline& timeline, TextOutput& out)
      : reader_(reader), timeline_(timeline), out_(out) {}
  void write() {
    out_.put("{\"displayTimeUnit\":\"ns\",\"otherData\":{");
    std::string meta;
    for (const auto& [key, value] : reader_.header().meta)
      meta += fmt::format("{}{}:{}", meta.empty() ? "" : ",", quoted(key), quoted(value));
    out_.put(meta + "},\"traceEvents\":[\n");
    for (std::uint32_t i = 0; i < timeline_.tracks.size(); ++i) name_track(i);
    for (const Timeline::Slice& s : timeline_.slices) write_slice(s);
    for (std::size_t i = 0; i < timeline_.flows.size(); ++i) write_flow(i);
    for (const Timeline::Counter& c : timeline_.counters) {
      for (const auto& sample : c.samples) {
        event(fmt::format(R"("ph":"C","name":{},"pid":0,"tid":0,"ts":{},"args":{{{}:{}}})", quoted(c.name),
                          us(sample.at), quoted(c.unit), sample.value));
      }
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
  // Process: the group's track + 1; tracks without a group share process 0.
  [[nodiscard]] std::uint32_t process(std::uint32_t track) const {
    return timeline_.tracks[track].parent == Timeline::kNoParent ? 0 : timeline_.tracks[track].parent + 1;
  }
  [[nodiscard]] std::string place(std::uint32_t track) const {
    return fmt::format(R"("pid":{},"tid":{})", process(track), track + 1);
  }
  void name_track(std::uint32_t i) {
    const Timeline::Track& t = timeline_.tracks[i];
    bool group = false;
    for (const Timeline::Track& other : timeline_.tracks) group = group || other.parent == i;
    if (group)
      return event(fmt::format(R"("ph":"M","name":"process_name","pid":{},"tid":0,"args":{{"name":{}}})", i + 1,
                               quoted(t.name)));
    event(fmt::format(R"("ph":"M","name":"thread_name",{},"args":{{"name":{}}})", place(i), quoted(t.name)));
    event(fmt::format(R"("ph":"M","name":"thread_sort_index",{},"args":{{"sort_index":{}}})", place(i), t.rank));
  }
  void write_slice(const Timeline::Slice& s) {
    const Record& r = s.record;
    std::string args = fmt::format(R"("record":{})", s.id);
    for_each_argument(r, s.waits, reader_.tiles(), [&args](const Argument& a) {
      args += fmt::format(R"(,"{}":{})", a.field.key,
                          a.text.empty() ? std::to_string(a.number) : quoted(std::string(a.text)));
    });
    const std::string head = fmt::format(R"("name":{},"cat":"{}",{},"ts":{})", quoted(s.name()),
                                         to_string(reader_.header().units[r.unit].scope), place(s.track), us(r.start));
    if (s.instant()) return event(fmt::format(R"("ph":"i","s":"t",{},"args":{{{}}})", head, args));
    event(fmt::format(R"("ph":"X",{},"dur":{},"args":{{{}}})", head, us(r.end - r.start), args));
  }
  void write_flow(std::size_t i) {
    const Timeline::Slice &from = timeline_.slices[timeline_.flows[i].from],
                          &to = timeline_.slices[timeline_.flows[i].to];
    event(fmt::format(R"("ph":"s","name":"edge","cat":"flow","id":{},{},"ts":{})", i + 1, place(from.track),
                      us(from.record.start)));
    event(fmt::format(R"("ph":"f","bp":"e","name":"edge","cat":"flow","id":{},{},"ts":{})", i + 1, place(to.track),
                      us(to.record.start)));
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
