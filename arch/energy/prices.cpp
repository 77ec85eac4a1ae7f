#include "arch/energy/prices.h"

#include <fmt/format.h>

#include <algorithm>

#include "arch/energy/sram_curve.h"
#include "base/config/suggest.h"

namespace tessera::arch {
namespace {

class Pricing {
 public:
  Pricing(const NpuSpec& spec, const EnergyTable& table) : spec_(spec), table_(table) { prices_.table = table.name; }

  base::Result<EnergyPrices> run() {
    for (int i = 0; i < static_cast<int>(Event::core_sram); ++i) {
      const Event e = static_cast<Event>(i);
      set(e, figure(name_of(e), table_.figures, name_of(e)));
    }
    set(Event::interconnect, figure("interconnect", table_.figures, "interconnect"));
    core_sram(0, spec_.core.sram.input);
    core_sram(1, spec_.core.sram.weight);
    core_sram(2, spec_.core.sram.output);
    shared_sram();
    if (auto problem = leakage()) return std::move(*problem);
    if (auto problem = dram()) return std::move(*problem);
    return std::move(prices_);
  }

 private:
  void set(Event e, std::optional<EnergyFigure> f) {
    const auto i = static_cast<std::size_t>(e);
    prices_.femtojoules[i] = f ? f->femtojoules() : 0;
    prices_.figures[i] = std::move(f);
  }

  // The user's figure of `own` name, else the table's of `name`.
  std::optional<EnergyFigure> figure(std::string_view name, const EnergyFigures& figures,
                                     const std::string& own) const {
    const auto found = figures.find(name);
    std::optional<EnergyFigure> f;
    if (found != figures.end()) f = found->second;
    const auto given = spec_.energy.figures.find(own);
    if (given == spec_.energy.figures.end()) return f;
    EnergyFigure user;
    user.kind = kind_of(own);
    user.value = given->second;
    user.source = "energy." + own + " of the machine's file";
    user.confidence = Confidence::user;
    return user;
  }

  static EnergyKind kind_of(std::string_view own) {
    if (own.starts_with(kDramFigurePrefix)) {
      own.remove_prefix(kDramFigurePrefix.size());
      for (const auto& info : kDramFigures) {
        if (info.name == own) return info.kind;
      }
    }
    for (const auto& info : kEnergyFigures) {
      if (info.name == own) return info.kind;
    }
    return EnergyKind::event;
  }

  void core_sram(int region, const SramRegionSpec& r) {
    const std::int64_t bank = std::max<std::int64_t>(1, r.capacity.count() / r.banks);
    const std::int64_t width = std::max<std::int64_t>(8, r.bytes_per_cycle.count() * 8 / r.ports);
    for (const SramUser user : {SramUser::array, SramUser::vector_unit, SramUser::dma}) {
      set(sram_event(region, user, false), sram_energy(table_.sram, bank, width, SramDirection::read));
      set(sram_event(region, user, true), sram_energy(table_.sram, bank, width, SramDirection::write));
    }
  }

  void shared_sram() {
    const SharedSramSpec& s = spec_.shared_sram;
    if (s.capacity.count() == 0) return;
    const std::int64_t bank = std::max<std::int64_t>(1, s.capacity.count() / s.banks);
    const std::int64_t width = std::max<std::int64_t>(8, s.bytes_per_cycle * 8 / s.banks);
    set(Event::shared_sram_read, sram_energy(table_.sram, bank, width, SramDirection::read));
    set(Event::shared_sram_write, sram_energy(table_.sram, bank, width, SramDirection::write));
  }

  // By parts, or all of the chip in proportion to its PEs: the user's figure goes first, then what is more precise.
  std::optional<base::Diagnostics> leakage() {
    constexpr const char* kPe = "leakage.pe";
    constexpr const char* kCore = "leakage.core";
    const auto own = [&](const char* name) { return spec_.energy.figures.contains(name); };
    if (own(kPe) && own(kCore))
      return base::failure("energy.leakage.pe has no effect beside energy.leakage.core: give one of them");
    const auto add = [&](const char* name, std::int64_t units) {
      prices_.powers.push_back({name, Component::leakage, units, figure(name, table_.figures, name)});
    };
    const bool by_core = own(kCore) || (!own(kPe) && table_.figures.contains(kCore));
    if (!by_core && figure(kPe, table_.figures, kPe)) {
      add(kPe, spec_.cores * spec_.core.pe_array.rows * spec_.core.pe_array.columns);
      for (const char* part : {"leakage.shared_sram", "leakage.uncore"})
        if (own(part)) add(part, 1);
      return std::nullopt;
    }
    add(kCore, spec_.cores);
    if (spec_.shared_sram.capacity.count() > 0) add("leakage.shared_sram", 1);
    add("leakage.uncore", 1);
    return std::nullopt;
  }

  std::optional<base::Diagnostics> dram() {
    const std::string& named = spec_.energy.dram;
    const auto& memory = spec_.dram.bank_state;
    const std::string& standard = memory.standard_name.empty() ? memory.standard : memory.standard_name;
    const auto found = table_.dram.find(named.empty() ? standard : named);
    if (found == table_.dram.end() && !named.empty()) return unknown_section(named);
    static const EnergyFigures kNone;
    const EnergyFigures& section = found == table_.dram.end() ? kNone : found->second;
    const auto of = [&](const char* name) { return figure(name, section, std::string(kDramFigurePrefix) + name); };
    const auto own = [&](const char* name) {
      return spec_.energy.figures.contains(std::string(kDramFigurePrefix) + name);
    };

    if (auto problem = idle_figure(section, own)) return problem;
    const auto bit = of("bit");
    // A figure for all that a bit costs replaces the parts, unless the user gave the parts.
    const bool parts = own("read") || own("write");
    if (bit && !parts) {
      set(Event::dram_read, bit);
      set(Event::dram_write, bit);
      return std::nullopt;
    }
    set(Event::dram_read, of("read"));
    set(Event::dram_write, of("write"));
    set(Event::dram_activate, of("activate"));
    set(Event::dram_refresh, of("refresh"));
    if (const auto background = of("background")) {
      prices_.powers.push_back({"dram.background", Component::dram_background, spec_.dram.channels, background});
    }
    return std::nullopt;
  }

  // Where one figure stands for all that a bit costs, what comes on top of reads and writes is not asked for.
  template <class Own>
  static std::optional<base::Diagnostics> idle_figure(const EnergyFigures& section, const Own& own) {
    if (own("read") || own("write") || (!own("bit") && !section.contains("bit"))) return std::nullopt;
    for (const char* name : {"activate", "refresh", "background"}) {
      if (!own(name)) continue;
      return base::failure(
          fmt::format("energy.{0}{1} has no effect beside the memory's figure for a bit: give "
                      "energy.{0}read and energy.{0}write with it",
                      kDramFigurePrefix, name));
    }
    return std::nullopt;
  }

  base::Diagnostics unknown_section(const std::string& name) const {
    std::vector<std::string> names;
    std::string known;
    for (const auto& [section, figures] : table_.dram) {
      names.push_back(section);
      known += (known.empty() ? "" : ", ") + section;
    }
    return base::failure(fmt::format("energy.dram: unknown memory \"{}\"{} (table {} has: {})", name,
                                     base::did_you_mean(name, names), table_.name, known.empty() ? "none" : known));
  }

  const NpuSpec& spec_;
  const EnergyTable& table_;
  EnergyPrices prices_;
};

}  // namespace

base::Result<EnergyPrices> price_machine(const NpuSpec& spec, const EnergyTable& table) {
  return Pricing(spec, table).run();
}

}  // namespace tessera::arch
