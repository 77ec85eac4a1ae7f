// The policy of a plug-in as one of Tessera's own: forwards every hook, checks what comes back, and turns whatever the
// plug-in does wrong into a PolicyFault that says in which call, at which cycle and tile (docs/policies.md).
#pragma once

#include <memory>
#include <vector>

#include "base/result.h"
#include "scheduler/plugin/plugin_library.h"
#include "scheduler/plugin/plugin_questions.h"
#include "scheduler/plugin/plugin_tables.h"
#include "scheduler/plugin/policy_call.h"
#include "scheduler/policy/policy.h"

namespace tessera::scheduler {

class PluginPolicy final : public Policy {
 public:
  // Every declared option is in `values`, of its kind. Fails where the plug-in's create() does.
  [[nodiscard]] static base::Result<std::unique_ptr<PluginPolicy>> create(const PluginLibrary&,
                                                                          const OptionValues& given,
                                                                          base::Ps time_limit);
  ~PluginPolicy() override;

  [[nodiscard]] std::string_view name() const override { return name_; }
  void begin(const View&) override;
  [[nodiscard]] Action decide(const View&) override;
  [[nodiscard]] EventSet subscriptions() const override { return EventSet::of_bits(events_); }
  void on_arrival(const View&, std::uint32_t request) override;
  void on_tile_ready(const View&, TileId) override;
  void on_transfer_done(const View&, std::uint32_t core, std::uint8_t operand) override;
  void on_slot_free(const View&, std::uint32_t core, std::uint8_t operand) override;
  void on_tile_done(const View&, TileId) override;
  void on_illegal(const View&, const Action&, Illegal) override;
  [[nodiscard]] bool keep(const View&, BlockId, std::uint32_t uses_left) override;
  [[nodiscard]] std::span<const Candidate> candidates() const override;
  [[nodiscard]] std::uint32_t weighed() const override;
  [[nodiscard]] std::string_view score() const override;

 private:
  PluginPolicy(const PluginLibrary& library, base::Ps time_limit);
  // Runs body(error) as the call of `function`; throws if it fails.
  template <class Body>
  void call(const char* function, const View*, TileId, const Body& body) const;
  std::int32_t read_subscriptions(tessera_text* error);
  void read_candidates() const;

  std::string name_;
  tessera_policy_plugin table_;
  void* self_ = nullptr;
  mutable PolicyCall call_;
  PluginTables tables_;
  mutable Asked asked_;
  mutable tessera_view view_{};
  std::uint32_t events_ = 0;
  const View* last_view_ = nullptr;
  mutable bool weighed_read_ = true;
  mutable std::vector<Candidate> weighed_;
  mutable std::string score_;
};

}  // namespace tessera::scheduler
