// tessera policy show|check POLICY: what a plug-in says of itself, and whether it behaves on random runs.
#include <fmt/format.h>
#include <unistd.h>

#include <filesystem>
#include <limits>

#include "base/escape.h"
#include "base/file/unfinished.h"
#include "base/json_document.h"
#include "scheduler/plugin/plugin_library.h"
#include "scheduler/plugin/policy_call.h"
#include "sim/app/commands.h"
#include "sim/app/options.h"
#include "sim/app/output.h"
#include "sim/app/progress.h"
#include "sim/trial/policy_trial.h"

namespace tessera::app {
namespace {

namespace fs = std::filesystem;
using scheduler::PluginOption;

struct Request {
  std::string action;
  sim::TrialOptions trial;
  fs::path keep;
  bool json = false;
};

std::string range_of(const PluginOption& o) {
  switch (o.kind) {
    case PluginOption::Kind::integer:
      if (o.low == std::numeric_limits<std::int64_t>::min() && o.high == std::numeric_limits<std::int64_t>::max())
        return fmt::format("{}, a whole number", std::get<std::int64_t>(o.fallback));
      return fmt::format("{}, {} to {}", std::get<std::int64_t>(o.fallback), o.low, o.high);
    case PluginOption::Kind::number:
      if (o.low_number == std::numeric_limits<double>::lowest() && o.high_number == std::numeric_limits<double>::max())
        return fmt::format("{}, a number", std::get<double>(o.fallback));
      return fmt::format("{}, {} to {}", std::get<double>(o.fallback), o.low_number, o.high_number);
    case PluginOption::Kind::flag: return std::get<bool>(o.fallback) ? "true" : "false";
    case PluginOption::Kind::string: return fmt::format("\"{}\"", std::get<std::string>(o.fallback));
  }
  return "";
}

int show(const Request& request) {
  const auto library = scheduler::PluginLibrary::open(request.trial.policy, scheduler::PolicySpec::kAnswerLimit);
  if (!library) return report(library.problems());
  const auto& table = library->table();
  const std::string by =
      library->host() != nullptr ? fmt::format(", run by {}", base::screen_text(library->host()->language)) : "";
  fmt::print("policy {}, tessera_policy.h {}.{}{}\n", library->name(), table.abi_major, table.abi_minor, by);
  for (const PluginOption& o : library->options())
    fmt::print("  {}: {}{}{}\n", o.key, base::screen_text(range_of(o)), o.text.empty() ? "" : "; ",
               base::screen_text(o.text));
  if (library->options().empty())
    fmt::print("  declares no options{}\n", library->takes_any_option() ? ": takes any" : "");
  flush_output();
  return kDone;
}

// As a shell reads it back.
std::string quoted(const std::string& text) {
  if (text.find_first_of(" \t\"\\$*?&;()<>|#~`'") == std::string::npos) return text;
  std::string word = "'";
  for (const char c : text) word += c == '\'' ? std::string("'\\''") : std::string(1, c);
  return word + "'";
}

// How to do a run again, alone and with its files kept.
std::string again(const Request& request, std::uint64_t seed) {
  const bool file = scheduler::PolicySpec::names_file(request.trial.policy);
  const std::string policy = quoted(request.trial.policy);
  std::string options, sets;
  for (const std::string& o : request.trial.options) {
    options += " --option " + quoted(o);
    sets += " --set " + quoted((file ? "scheduler.options." : "scheduler.") + o);
  }
  return fmt::format(
      "to do it again: tessera policy check {1}{2} --seed {0} --runs 1 --keep FOLDER\n"
      "and then, as any run: tessera run FOLDER/run.yaml --policy {1}{3}",
      seed, policy, options, sets);
}

void print(const Request& request, const sim::TrialResult& result) {
  if (request.json) {
    base::JsonDocument document("tessera.policy_check/1");
    document.put("policy", request.trial.policy);
    document.put("ok", !result.wrong.has_value());
    document.put("runs", result.runs);
    document.put("tiles", result.tiles);
    document.put("refused", result.refused);
    if (result.wrong) {
      document.put("misbehaviour.seed", result.wrong->seed);
      document.put("misbehaviour.law", result.wrong->law);
      document.put("misbehaviour.text", result.wrong->text);
    }
    fmt::print("{}\n", document.text());
    return;
  }
  const std::string drawn =
      result.refused == 0 ? "" : fmt::format(" ({} more did not fit their machine)", result.refused);
  if (!result.wrong) {
    fmt::print(
        "{}: {} runs, {} tiles{}: each ends, twice in the same way; every tile once, edges kept, not below the "
        "bound\n",
        base::screen_text(request.trial.policy), result.runs, result.tiles, drawn);
    return;
  }
  fmt::print("{}: run {} broke the law \"{}\":\n  {}\n{}\n", base::screen_text(request.trial.policy), result.runs,
             result.wrong->law, base::screen_lines(result.wrong->text), again(request, result.wrong->seed));
}

int check(Request& request) {
  const bool temporary = request.keep.empty();
  request.trial.folder =
      temporary ? fs::temp_directory_path() / fmt::format("tessera-policy-{}", ::getpid()) : request.keep;
  std::vector<base::Unfinished> gone;  // also where the policy ends the program
  if (temporary)
    for (const char* file : {"run.yaml", "network.yaml", ""}) gone.emplace_back(request.trial.folder / file);
  Progress progress(stderr);
  request.trial.on_run = [&](std::uint64_t seed) {
    scheduler::set_policy_note(again(request, seed));  // should it end the program
    progress.update("runs", seed - request.trial.seed, request.trial.runs);
  };
  const auto result = sim::try_policy(request.trial);
  progress.clear();
  scheduler::set_policy_note("");
  std::error_code error;
  if (temporary) fs::remove_all(request.trial.folder, error);
  if (!result) return report(result.problems());
  print(request, *result);
  flush_output();
  return result->wrong ? kFailed : kDone;
}

}  // namespace

int policy_command(Arguments arguments) {
  Request request;
  Options options("policy",
                  "What a policy in a shared library says of itself, and whether it behaves: on random networks and "
                  "machines it must end every run, twice in the same way, and break no law (docs/policies.md).");
  options.value("ACTION", request.action, "show: its name, version and options; check: try it on random runs")
      .required()
      .one_of({"show", "check"});
  options.value("POLICY", request.trial.policy, "a plug-in such as ./libmine.so; check takes built-in ones too")
      .required();
  options.values("--option", request.trial.options, "key=value of scheduler.options (built-in: of scheduler)");
  options.value("--seed", request.trial.seed, "of the first run; the others follow").shows_default();
  options.value("--runs", request.trial.runs, "random runs").between(1, 1e9).shows_default();
  options.value("--keep", request.keep, "folder that keeps the files of the last run");
  options.flag("--json", request.json, "one JSON document");
  if (const auto code = options.parse(arguments)) return *code;
  return request.action == "show" ? show(request) : check(request);
}

}  // namespace tessera::app
