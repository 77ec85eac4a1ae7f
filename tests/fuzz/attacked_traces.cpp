#include "tests/fuzz/attacked_traces.h"

#include <sys/wait.h>
#include <unistd.h>

#include <cstdio>
#include <stdexcept>

#include "sim/machine/custom_memory.h"
#include "tests/golden/execution.h"
#include "tests/support/temp_folder.h"
#include "trace/analysis/check.h"

namespace tessera::tests {
namespace {

// A memory that breaks down after some packets.
class FailingMemory : public sc_core::sc_module {
 public:
  tlm_utils::simple_target_socket<FailingMemory> socket;
  FailingMemory(sc_core::sc_module_name name, int packets) : sc_module(name), socket("socket"), left_(packets) {
    socket.register_b_transport(this, &FailingMemory::b_transport);
  }

 private:
  void b_transport(tlm::tlm_generic_payload& p, sc_core::sc_time&) {
    wait(sc_core::sc_time(100, sc_core::SC_NS));
    p.set_response_status(left_-- > 0 ? tlm::TLM_OK_RESPONSE : tlm::TLM_ADDRESS_ERROR_RESPONSE);
  }
  int left_;
};

struct Recipe {
  std::string name, network, policy;
  std::vector<std::string> overrides;
  std::string npu = "tiny_8x8";
  std::string file = "trace.tsr";
  bool fails = false;
};

std::vector<Recipe> recipes() {
  const auto buffer = [](const std::string& overflow) {
    return std::vector<std::string>{"trace.device=true", "trace_buffer.capacity=12", "trace_buffer.record=64 B",
                                    "trace_buffer.drain=1 B/cycle", "trace_buffer.overflow=" + overflow};
  };
  return {
      {"tile", "tiny_residual", "lookahead", {}},
      {"operator", "tiny_residual", "lookahead", {"trace.level=operator"}},
      {"burst", "tiny_cnn", "breadth_first", {"trace.level=burst", "cores=2", "scheduler.count=2"}},
      {"attention", "tiny_attention", "depth_first", {"trace.level=fold"}},
      {"shared", "tiny_cnn", "lookahead", {"trace.level=burst"}, "edge_shared_sram"},
      {"banks",
       "tiny_mlp",
       "round_robin",
       {"trace.level=burst", "dram.model=bank_state", "dram.standard=DDR4-3200", "dma.split=2"}},
      {"requests", "tiny_mlp", "lookahead", {"requests.count=3", "requests.interval=20 us"}},
      {"energy", "tiny_mlp", "lookahead", {"energy.table=generic_45nm"}},
      {"stalling", "tiny_mlp", "lookahead", buffer("stall"), "tiny_8x8", "device.tsr"},
      {"losing", "tiny_mlp", "lookahead", buffer("overwrite_oldest"), "tiny_8x8", "device.tsr"},
      {"failed", "tiny_residual", "lookahead", {}, "tiny_8x8", "trace.tsr", true},
  };
}

template <class T>
T wanted(base::Result<T> result) {
  if (!result) throw std::runtime_error(result.problems().to_string());
  return std::move(result).value();
}

void run(const Recipe& recipe, const std::filesystem::path& out) {
  auto arguments = shipped(recipe.npu, recipe.network, recipe.policy, recipe.overrides);
  arguments.overrides.push_back("trace.compression=0");
  sim::SimulationOptions options;
  options.out = out;
  options.trace_in_place = true;
  if (recipe.fails) options.memory = sim::tlm_memory<FailingMemory>("memory", 400);
  const auto result = wanted(sim::simulate(wanted(sim::prepare(wanted(sim::read_run(arguments)))), options));
  if (result.ok == recipe.fails) throw std::runtime_error(recipe.name + ": " + result.failure);
}

// In a process of its own, which ends without cleaning up: the threads of a run that failed stay where they waited, and
// what their stacks hold would count as a leak.
void run_apart(const Recipe& recipe, const std::filesystem::path& out) {
  const ::pid_t child = ::fork();
  if (child == 0) {
    try {
      run(recipe, out);
      ::_exit(0);
    } catch (const std::exception& e) {
      std::fprintf(stderr, "%s\n", e.what());
      ::_exit(1);
    }
  }
  int status = 0;
  if (child < 0 || ::waitpid(child, &status, 0) != child || status != 0)
    throw std::runtime_error(recipe.name + ": the process that makes it failed");
}

AttackedTrace read(const std::string& name, const std::filesystem::path& file) {
  auto reader = wanted(trace::FileReader::open(file));
  AttackedTrace t{name, file, reader.header(), reader.tiles(), *reader.trailer(), {}};
  trace::InvariantCheck check(t.header, t.tiles, &t.trailer);
  trace::RecordBatch block;
  while (wanted(reader.next(block))) {
    trace::replay(block, check);
    t.batch.records.insert(t.batch.records.end(), block.records.begin(), block.records.end());
    t.batch.ids.insert(t.batch.ids.end(), block.ids.begin(), block.ids.end());
  }
  check.finish(t.trailer.end);
  if (!check.violations().empty()) throw std::runtime_error(name + ": " + check.violations().front());
  return t;
}

}  // namespace

const std::vector<AttackedTrace>& attacked_traces() {
  static const TempFolder folder;
  static const std::vector<AttackedTrace> traces = [] {
    std::vector<AttackedTrace> list;
    for (const Recipe& recipe : recipes()) {
      (recipe.fails ? run_apart : run)(recipe, folder / recipe.name);
      list.push_back(read(recipe.name, folder / recipe.name / recipe.file));
    }
    return list;
  }();
  return traces;
}

}  // namespace tessera::tests
