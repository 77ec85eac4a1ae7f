// Keeps bandwidth for requests with a deadline: what the QoS regulators of real NPUs do, and MoCA (HPCA 2023) in
// software. Stands around a policy that decides what goes where.
//
// The DMA channels are cut in two: the upper half (the larger one of an odd number) carries what is loaded for requests
// without a deadline, the lower one what is loaded for the others. So are the cores, while a request with a deadline is
// in flight (has arrived and is not stored); and then the upper channels together are held to a rate, as soon as no
// tile of a request without a deadline is left in a queue of the lower cores, where it would keep others waiting for
// its own slow loads. Results are stored over channels that are not held, for no policy can name one
// (docs/semantics.md 8.3).
#pragma once

#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/byte_rate.h"
#include "scheduler/policy/policies.h"

namespace tessera::scheduler {

inline constexpr PolicyOption kBestEffortRate{
    "best_effort_rate",
    "at which requests without a deadline may load while one with a deadline is in flight; 0: without a limit",
    0,
    PolicyOption::Kind::rate,
    0,
    arch::kHighestRate.thousandths};

class Regulated final : public Policy {
 public:
  // `rate`: of all channels of requests without a deadline together; at least one thousandth a channel.
  Regulated(std::unique_ptr<Policy> inner, base::ByteRate rate) : inner_(std::move(inner)), rate_(rate) {}
  [[nodiscard]] std::string_view name() const override { return inner_->name(); }
  [[nodiscard]] Action decide(const View&) override;
  [[nodiscard]] EventSet subscriptions() const override;

  // Whether a tile may go to a core now. The policy inside asks it.
  [[nodiscard]] bool may_go(const View& view, TileId tile, std::uint32_t core) const {
    return in_flight_ == 0 || urgent(view, tile) == (core < cores_);
  }

  // A PolicyFault where the machine has a single channel or core, or the rate is not one of a Cap on it.
  void begin(const View&) override;
  void on_arrival(const View&, std::uint32_t request) override;
  void on_tile_done(const View&, TileId) override;
  void on_tile_ready(const View& v, TileId tile) override { inner_->on_tile_ready(v, tile); }
  void on_transfer_done(const View& v, std::uint32_t core, std::uint8_t operand) override {
    inner_->on_transfer_done(v, core, operand);
  }
  void on_slot_free(const View& v, std::uint32_t core, std::uint8_t operand) override {
    inner_->on_slot_free(v, core, operand);
  }
  void on_illegal(const View& v, const Action& a, Illegal why) override { inner_->on_illegal(v, a, why); }
  [[nodiscard]] bool keep(const View& v, BlockId b, std::uint32_t left) override { return inner_->keep(v, b, left); }
  [[nodiscard]] std::span<const Candidate> candidates() const override { return inner_->candidates(); }
  [[nodiscard]] std::uint32_t weighed() const override { return inner_->weighed(); }
  [[nodiscard]] std::string_view score() const override { return inner_->score(); }
  [[nodiscard]] std::string next_step(const View& v) const override { return inner_->next_step(v); }

 private:
  [[nodiscard]] bool urgent(const View&, TileId) const;
  [[nodiscard]] bool apart(const View&) const;
  [[nodiscard]] std::int32_t channel(const View&, TileId, std::int64_t queued_meanwhile, std::int32_t other) const;

  std::unique_ptr<Policy> inner_;
  base::ByteRate rate_;                     // of one channel, once begun
  std::uint32_t first_ = 0, channels_ = 0;  // of those that are held, and all
  std::uint32_t cores_ = 0;                 // of requests with a deadline: the first ones
  std::vector<std::uint32_t> groups_left_;  // by request with a deadline: to be stored
  std::uint32_t in_flight_ = 0;             // requests with a deadline
};

// The policy of a class that obeys one, regulated where the run says a rate.
template <class Inner>
[[nodiscard]] std::unique_ptr<Policy> regulated(const PolicySpec& spec) {
  auto inner = std::make_unique<Inner>();
  const auto rate = base::ByteRate::of_thousandths(kBestEffortRate.of(spec));
  if (rate.none()) return inner;
  Inner& obeys = *inner;
  auto outer = std::make_unique<Regulated>(std::move(inner), rate);
  obeys.obey(*outer);
  return outer;
}

}  // namespace tessera::scheduler
