// Tile graph and machine as plain data for a plug-in: made once, when the run begins.
#pragma once

#include <cstdint>
#include <vector>

#include "scheduler/plugin/sdk/tessera_policy.h"
#include "scheduler/policy/policy.h"

namespace tessera::scheduler {

class PluginTables {
 public:
  void make(const View&);
  [[nodiscard]] const tessera_graph& graph() const { return graph_; }
  [[nodiscard]] const tessera_machine& machine() const { return machine_; }

 private:
  void make_graph(const View&);
  void make_machine(const View&);

  std::vector<tessera_tile> tiles_;
  std::vector<tessera_group> groups_;
  std::vector<tessera_block> blocks_;
  std::vector<tessera_work> works_;
  std::vector<std::int64_t> arrivals_;
  std::vector<tessera_request> requests_;
  std::vector<tessera_channel> channels_;
  tessera_graph graph_{};
  tessera_machine machine_{};
};

}  // namespace tessera::scheduler
