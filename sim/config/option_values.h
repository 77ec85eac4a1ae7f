// Options of a plug-in as a run file says them: a map of scalars, `scheduler.options`.
#pragma once

#include <string>

#include "base/config/node.h"
#include "scheduler/spec/schedule_spec.h"

namespace tessera::scheduler {
class PluginLibrary;
}

namespace tessera::sim {

// What a scalar is without further knowledge: a whole number, a number, a flag, or (also in quotes) a text.
[[nodiscard]] scheduler::OptionValue guess_option_value(const base::Node& scalar);
// Reports a node that is no map, and values that are no scalars.
void read_option_values(const base::Node&, const std::string& name, scheduler::OptionValues&, base::Diagnostics&);
// Gives `values` the types that the plug-in declares; reports keys that it does not, and values out of range. Nothing
// changes where it declares none.
void type_option_values(const base::Node&, const std::string& name, const scheduler::PluginLibrary&,
                        scheduler::OptionValues& values, base::Diagnostics&);
// Reads back to the same values, of the same types.
[[nodiscard]] base::Node write_option_values(const scheduler::OptionValues&);

}  // namespace tessera::sim
