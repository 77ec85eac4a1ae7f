#include "tests/golden/execution.h"

#include <cstring>
#include <fstream>
#include <iterator>
#include <stdexcept>

#include "sim/run/prepare_run.h"
#include "trace/analysis/check.h"
#include "trace/file/reader.h"

namespace tessera::tests {
namespace {

const std::filesystem::path kSource = TESSERA_SOURCE_DIR;

template <class T>
T wanted(base::Result<T> result) {
  if (!result) throw std::runtime_error(result.problems().to_string());
  return std::move(result).value();
}

}  // namespace

sim::RunArguments shipped(const std::string& npu, const std::string& network, const std::string& policy,
                          std::vector<std::string> overrides) {
  sim::RunArguments arguments;
  arguments.npu_file = kSource / "configs/npu" / (npu + ".yaml");
  arguments.model_file = kSource / "models/zoo" / (network + ".yaml");
  arguments.policy = policy;
  arguments.overrides = std::move(overrides);
  return arguments;
}

Execution execute(const sim::RunArguments& arguments, const std::filesystem::path& out, scheduler::ActionLog* actions,
                  std::function<std::unique_ptr<scheduler::Policy>()> policy) {
  Execution e{wanted(sim::prepare_run(wanted(sim::read_run(arguments)))), {}, {}};
  trace::Collector collector;
  sim::SimulationOptions options;
  options.out = out;
  options.trace_in_place = true;
  options.actions = actions;
  options.policy = std::move(policy);
  options.listeners.push_back(&collector);
  e.result = wanted(sim::simulate(e.run, options));
  e.records = collector.items();
  return e;
}

TraceFile read_trace(const std::filesystem::path& file) {
  auto reader = wanted(trace::FileReader::open(file));
  if (reader.trailer() == nullptr) throw std::runtime_error(file.string() + ": truncated");
  trace::InvariantCheck check(reader.header(), reader.tiles(), reader.trailer());
  (void)wanted(reader.stream(check));
  trace::Collector collector;
  reader.rewind();
  (void)wanted(reader.stream(collector));
  return {reader.header(), *reader.trailer(), collector.items(), check.violations()};
}

testing::AssertionResult same_records(const Items& file, const Items& run) {
  const auto same = [](const trace::Collector::Item& a, const trace::Collector::Item& b) {
    return a.id == b.id && a.record == b.record && a.waits == b.waits;
  };
  std::size_t n = 0;
  for (const auto& item : file) {
    if (item.record.name == trace::Name::counter) continue;
    if (n == run.size()) return testing::AssertionFailure() << "the file has more than the run's " << n << " records";
    if (!same(item, run[n]))
      return testing::AssertionFailure() << "record " << run[n].id << " is another one in the file: " << item.id;
    ++n;
  }
  if (n != run.size()) return testing::AssertionFailure() << "the file has " << n << " of " << run.size() << " records";
  return testing::AssertionSuccess();
}

std::string file_bytes(const std::filesystem::path& file) {
  std::ifstream in(file, std::ios::binary);
  if (!in) throw std::runtime_error(file.string() + ": there is no such file");
  return {std::istreambuf_iterator<char>(in), {}};
}

}  // namespace tessera::tests
