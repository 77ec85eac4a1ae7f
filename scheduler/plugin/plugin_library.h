// A shared library that holds a policy (docs/policies.md): opened, and its table checked, before anything of it is
// believed. A library stays loaded until the program ends: what it may have started is not ours to pull away.
#pragma once

#include <cstdint>
#include <filesystem>
#include <string>
#include <vector>

#include "base/result.h"
#include "scheduler/plugin/sdk/tessera_policy.h"
#include "scheduler/spec/schedule_spec.h"

namespace tessera::scheduler {

// A key of scheduler.options that the plug-in declares.
struct PluginOption {
  enum class Kind : std::uint8_t { integer, number, flag, string };
  std::string key, text;
  Kind kind = Kind::integer;
  OptionValue fallback;  // a flag is a bool
  std::int64_t low = 0, high = 0;
  double low_number = 0, high_number = 0;
};

class PluginLibrary {
 public:
  // What is wrong with the file is said without a place: the caller knows who named it.
  [[nodiscard]] static base::Result<PluginLibrary> open(const std::filesystem::path&, base::Ps time_limit);

  [[nodiscard]] const std::string& name() const { return name_; }
  [[nodiscard]] const std::vector<PluginOption>& options() const { return options_; }
  [[nodiscard]] const tessera_policy_plugin& table() const { return table_; }

 private:
  PluginLibrary() = default;
  // Empty, or what is wrong.
  std::string take(const tessera_policy_plugin*);
  std::string take_options(const tessera_array&);

  std::string name_;
  std::vector<PluginOption> options_;
  tessera_policy_plugin table_{};  // a copy: hooks beyond the library's own size are null
};

}  // namespace tessera::scheduler
