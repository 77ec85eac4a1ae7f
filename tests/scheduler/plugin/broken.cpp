// A plug-in that breaks its contract in the way that it is told: by TESSERA_TEST_TABLE in what it exports, by its
// option `way` in what its hooks do.
#include <unistd.h>

#include <csignal>
#include <cstdlib>
#include <stdexcept>
#include <string>

#include "tessera/policy.h"

using namespace tessera::scheduler;

namespace {

volatile int zero = 0;
volatile bool forever = true;

int recurse(int depth) {
  volatile char room[4096] = {};
  room[0] = static_cast<char>(depth);
  return forever ? recurse(depth + 1) + room[0] : 0;
}

// Does right whatever it is not told to do wrong.
class Broken final : public Policy {
 public:
  explicit Broken(const PolicySpec& spec) : way_(std::get<std::string>(spec.options.at("way"))) {
    if (way_ == "create throws") throw std::invalid_argument("no");
  }
  std::string_view name() const override { return "broken"; }

  void begin(const View&) override {
    if (way_ == "begin throws") throw std::runtime_error("not today");
    if (way_ == "begin is endless") spin();
    backwards_ = way_ == "is not deterministic" && begun_++ % 2 != 0;
  }
  void on_tile_ready(const View&, TileId tile) override {
    if (way_ == "on_tile_ready throws" && tile == 2) throw std::logic_error("tile 2");
  }
  void on_tile_done(const View& view, TileId tile) override {
    if (way_ == "on_tile_done asks nonsense") zero = static_cast<int>(view.missing_bytes(tile, 99));
  }
  Action decide(const View& view) override {
    wrong(view);
    if (way_ == "caps")
      for (std::uint32_t c = 0; c < view.npu().dma.channels.size(); ++c) {
        const std::int64_t least = tessera::arch::cap_range(view.npu(), c).least.thousandths;
        Cap cap{c};
        if (view.cap(c).none()) cap.rate = tessera::base::ByteRate::of_thousandths(least * 1000);
        if (view.check(cap) == Illegal::none) return cap;
      }
    if (way_ == "takes back")
      if (const Undispatch u = to_take_back(view); u.tile != kNoId) return u;
    const auto cores = static_cast<std::uint32_t>(view.npu().cores);
    for (std::uint32_t i = 0; i < cores; ++i) {
      const std::uint32_t c = backwards_ ? cores - 1 - i : i;
      for (const TileId t : view.continuations(c))
        if (const Dispatch d{t, c}; view.check(d) == Illegal::none) return last_ = d;
      for (const TileKind k : {TileKind::pe, TileKind::vector, TileKind::movement})
        if (const Dispatch d{view.next_ready(k, 0), c}; d.tile != kNoId && view.check(d) == Illegal::none)
          return last_ = d;
    }
    return Wait{};
  }
  std::span<const Candidate> candidates() const override {
    if (way_ == "weighs a tile that is not there") return {&kNonsense, 1};
    return {};
  }

 private:
  static constexpr Candidate kNonsense{12345, 0, 0};
  // Nothing wrong about it: whatever it may.
  static Undispatch to_take_back(const View& view) {
    std::uint32_t tiles = 0;
    for (const Request& r : view.graph().requests) tiles += r.tiles;
    if (tiles != view.graph().tiles.size() || view.graph().requests[0].arrival != tessera::base::Ps{0})
      throw std::logic_error("requests");
    for (std::uint32_t c = 0; c < view.npu().cores; ++c) {
      for (std::uint32_t i = 0; i < view.queued(c, CoreUnit::pe_array); ++i) {
        const TileId tile = view.queued_tile(c, CoreUnit::pe_array, i);
        const Undispatch u{tile - view.graph().tiles[tile].slice};
        if (view.check(u) == Illegal::none) return u;
      }
    }
    return {};
  }
  [[noreturn]] static void spin() {
    while (forever) usleep(100);
    std::abort();
  }
  void wrong(const View& view) {
    if (way_ == "decide throws") throw std::out_of_range("vector::at");
    if (way_ == "decide throws no exception") throw 7;
    if (way_ == "decide throws a long text") throw std::runtime_error(std::string(100'000, 'x') + "\x1b[2J");
    if (way_ == "asks for a tile that is not there") zero = view.ready(4711) ? 1 : 0;
    if (way_ == "asks for a core that is not there")
      zero = static_cast<int>(view.busy_until(17, CoreUnit::pe_array).count());
    if (way_ == "asks for a kind that is not there") zero = static_cast<int>(view.next_ready(TileKind::host, 0));
    if (way_ == "asks for an operand that is not there") zero = static_cast<int>(view.evictable_slots(0, 2));
    if (way_ == "decide is endless") spin();
    if (way_ == "crashes") raise(SIGSEGV);
    if (way_ == "writes to nowhere") *reinterpret_cast<volatile int*>(static_cast<std::uintptr_t>(zero) + 8) = 1;
    if (way_ == "divides by zero") zero = 1 / zero;
    if (way_ == "recurses without end") zero = recurse(0);
    if (way_ == "aborts") std::abort();
    if (way_ == "exits") std::exit(0);
  }

  inline static int begun_ = 0;
  std::string way_;
  bool backwards_ = false;
  Action last_;
};

std::unique_ptr<Policy> make(const PolicySpec& spec) {
  if (std::get<std::string>(spec.options.at("way")) == "makes no policy") return nullptr;
  return std::make_unique<Broken>(spec);
}

using Kind = PolicyOption::Kind;
constexpr PolicyOption kOptions[] = {
    {"way", "what it does wrong", 0, Kind::text},
    {"depth", "", 4, Kind::integer, 1, 9},
    {"eager", "", 1, Kind::flag},
    {"share", "", 0, Kind::number, 0, 1, 0.5, 0, 1},
};
constexpr PolicyEntry kEntry{"broken", make, kOptions};

std::int32_t illegal(void*, const tessera_view*, tessera_action* a, tessera_text*) {
  const std::string way = std::getenv("TESSERA_TEST_ANSWER");
  a->kind = TESSERA_DISPATCH, a->tile = 0;
  if (way == "unknown kind") a->kind = 9;
  if (way == "unknown tile") a->tile = 12345;
  if (way == "not ready") a->tile = 6;
  if (way == "unknown core") a->core = 9;
  if (way == "unknown channel") a->channel[0] = 9;
  if (way == "prefetch of an input") a->kind = TESSERA_PREFETCH, a->operand = 0;
  if (way == "prefetch of nothing") a->kind = TESSERA_PREFETCH, a->operand = 1000;
  if (way == "time passed") a->kind = TESSERA_WAIT, a->until_ps = 0;
  if (way == "undispatch") a->kind = TESSERA_UNDISPATCH;
  if (way == "cap of no channel") a->kind = TESSERA_CAP, a->channel[0] = 9, a->rate = 1000;
  if (way == "cap of channel -1") a->kind = TESSERA_CAP, a->rate = 1000;
  if (way == "cap below 0") a->kind = TESSERA_CAP, a->channel[0] = 0, a->rate = -1000;
  if (way == "cap of nearly nothing") a->kind = TESSERA_CAP, a->channel[0] = 0, a->rate = 1;
  if (way == "cap of everything") a->kind = TESSERA_CAP, a->channel[0] = 0, a->rate = INT64_MAX;
  if (way == "caps for ever") a->kind = TESSERA_CAP, a->channel[0] = 0, a->rate = 1000;
  if (way == "waits") a->kind = TESSERA_WAIT;
  if (way == "sleeps") a->kind = TESSERA_WAIT, a->until_ps = 1'000'000;
  return way == "error" ? 3 : 0;
}

}  // namespace

extern "C" TESSERA_POLICY_EXPORT const tessera_policy_plugin* tessera_policy(std::uint32_t, std::uint32_t) {
  static tessera_policy_plugin table;
  static tessera_option options[2];
  table = *sdk::exported(kEntry);
  const char* said = std::getenv("TESSERA_TEST_TABLE");
  const std::string way = said != nullptr ? said : "";
  for (auto& o : options) o = {"a", "", TESSERA_INTEGER, 0, 5, 0, 9, 0, 0, 0, ""};
  if (way == "null") return nullptr;
  if (way == "throws") throw std::runtime_error("no table");
  if (way == "crashes") raise(SIGSEGV);
  if (way == "version") table.abi_major = 2;
  if (way == "old version") table.abi_major = 0;
  if (way == "tiny") table.size = 4;
  if (way == "short") table.size = offsetof(tessera_policy_plugin, decide);
  if (way == "newer") table.size += 64, table.abi_minor = 9;
  if (way == "no name") table.name = nullptr;
  if (way == "bad name") table.name = "mine\x1b[2J yours";
  if (way == "no create") table.create = nullptr;
  if (way == "no decide") table.decide = nullptr;
  if (way == "twice") table.options = {options, 2, sizeof(tessera_option)};
  if (way == "broken options") table.options = {nullptr, 2, 8};
  if (way == "out of range") options[0].high = 4, table.options = {options, 1, sizeof(tessera_option)};
  if (way == "unknown kind") options[0].kind = 77, table.options = {options, 1, sizeof(tessera_option)};
  if (way == "answers") table.decide = illegal;
  if (way == "undeclared") table.options = {};
  return &table;
}
