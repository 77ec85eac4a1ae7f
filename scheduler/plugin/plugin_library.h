// A shared library that holds a policy, or a file that a host runs (docs/policies.md): opened, and its table checked,
// before anything of it is believed. A library stays loaded until the program ends: what it may have started is not
// ours to pull away.
#pragma once

#include <cstdint>
#include <filesystem>
#include <string>
#include <vector>

#include "base/result.h"
#include "scheduler/plugin/policy_host.h"
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
  // What runs it, if it is in another language.
  [[nodiscard]] const tessera_policy_host* host() const { return host_; }
  // Where a policy declares no options, one in a shared library takes any.
  [[nodiscard]] bool takes_any_option() const { return options_.empty() && host_ == nullptr; }
  // The table's create().
  std::int32_t create(tessera_array options, void** policy, tessera_text* error) const;

 private:
  PluginLibrary() = default;
  static base::Result<PluginLibrary> open_hosted(const std::filesystem::path&, base::Ps time_limit);
  // Empty, or what is wrong.
  std::string take(const tessera_policy_plugin*);
  std::string take_options(const tessera_array&);

  std::string name_;
  std::vector<PluginOption> options_;
  tessera_policy_plugin table_{};  // a copy: hooks beyond the library's own size are null
  const tessera_policy_host* host_ = nullptr;
  const tessera_policy_plugin* hosted_ = nullptr;  // the host's own table
};

}  // namespace tessera::scheduler
