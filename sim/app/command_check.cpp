// tessera check TRACE: the invariants of a trace, one line per violation, and what could not be judged and why.
#include <fmt/format.h>

#include <algorithm>

#include "base/escape.h"
#include "base/json_document.h"
#include "sim/app/commands.h"
#include "sim/app/options.h"
#include "sim/app/output.h"
#include "trace/analysis/check.h"
#include "trace/report/screen.h"

namespace tessera::app {
namespace {

using trace::Invariant;
using trace::InvariantCheck;

std::vector<std::string> keys(const std::vector<Invariant>& list) {
  std::vector<std::string> words;
  for (const Invariant i : list) words.emplace_back(trace::spec(i).key);
  return words;
}

// Words as lines that fit the screen, behind a margin.
std::string lines(const std::vector<std::string>& words) {
  return trace::wrapped("  ", fmt::format("{}", fmt::join(words, ", ")), screen_width());
}

void print_line(const std::string& file, const std::string& text) {
  fmt::print("{}", trace::wrapped("", base::screen_text(file) + ": " + base::screen_text(text), screen_width()));
}

void print_unjudged(const std::vector<InvariantCheck::Unjudged>& unjudged) {
  std::vector<std::string> reasons;
  for (const auto& u : unjudged) {
    if (std::find(reasons.begin(), reasons.end(), u.why) == reasons.end()) reasons.push_back(u.why);
  }
  for (const std::string& why : reasons) {
    std::vector<std::string> words;
    for (const auto& u : unjudged) {
      if (u.why == why) words.emplace_back(trace::spec(u.invariant).key);
    }
    fmt::print("{}{}", trace::wrapped("", fmt::format("not judged, because {}:", why), screen_width()), lines(words));
  }
}

void print(const std::string& file, const InvariantCheck& check) {
  for (const std::string& line : check.violations()) print_line(file, line);
  const auto unjudged = check.unjudged();
  const std::size_t violated = check.violated().size(), held = check.held().size();
  if (check.failed_run()) print_line(file, "the run of this trace failed");
  if (violated == 0 && unjudged.empty())
    return print_line(file, fmt::format("{} records, all {} invariants hold", check.records(), held));
  print_line(file, fmt::format("{} records; of {} invariants: {} hold, {} violated, {} not judged", check.records(),
                               trace::kInvariantCount, held, violated, unjudged.size()));
  if (violated > 0) fmt::print("violated:\n{}", lines(keys(check.violated())));
  print_unjudged(unjudged);
}

std::string json_text(const std::string& file, const InvariantCheck& check) {
  base::JsonDocument document("tessera.check/2");
  document.put("file", file);
  document.put("records", check.records());
  document.put("ok", check.violations().empty());
  document.put("complete", check.violations().empty() && check.unjudged().empty());
  document.put("failed_run", check.failed_run());
  document.put_list("violations", check.violations());
  document.put_list("held", keys(check.held()));
  document.put_list("violated", keys(check.violated()));
  document.open_list("not_judged");
  for (const auto& u : check.unjudged()) {
    const std::string at = document.append("not_judged");
    document.put(at + "invariant", trace::spec(u.invariant).key);
    document.put(at + "why", u.why);
  }
  return document.text();
}

}  // namespace

int check_command(Arguments arguments) {
  Options options("check", "Checks the invariants of a trace; one line per violation.");
  std::string file;
  bool json = false;
  options.value("TRACE", file, "trace file (.tsr)").required();
  options.flag("--json", json, "one JSON document");
  if (const auto code = options.parse(arguments)) return *code;

  auto reader = trace::FileReader::open(file);
  if (!reader) return report(reader.problems());
  InvariantCheck check(reader->header(), reader->tiles(), reader->trailer());
  const auto end = reader->stream(check);
  if (!end) return report(end.problems());
  for (const std::string& warning : reader->warnings()) say(warning);
  if (json) fmt::print("{}\n", json_text(file, check));
  else print(file, check);
  return check.violations().empty() ? kDone : kFailed;
}

}  // namespace tessera::app
