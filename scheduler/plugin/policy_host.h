// A library that runs policies of another language: it makes a tessera_policy_plugin of a file. The program looks for
// it only where a run names such a file, so that it depends on no interpreter.
//
// Files that end in .py are run by libtessera_python_policy.so (scheduler/python). It stands beside the program in a
// build tree, and in LIBDIR/tessera of an installed prefix; TESSERA_PYTHON_POLICY names another.
#pragma once

#include <filesystem>

#include "base/result.h"
#include "scheduler/plugin/sdk/tessera_policy.h"

extern "C" {

// Program and library are built together: anything but equal versions is refused. Errors as in tessera_policy.h.
typedef struct tessera_policy_host {
  uint64_t size;
  uint32_t abi_major, abi_minor;
  const char* language;  // "Python 3.11.2"; lives as long as the library
  // Reads a file. The table is good until the program ends. An error has its place in the file; 0: it has none.
  int32_t (*open)(const char* file, const tessera_policy_plugin** table, uint32_t* line, uint32_t* column,
                  tessera_text* error);
  // The create() of that table, which is null in it: one library makes the policies of many files.
  int32_t (*create)(const tessera_policy_plugin* table, tessera_array options, void** policy, tessera_text* error);
  // Makes the call that is under way fail with that text, if the language can; from any thread.
  void (*interrupt)(const char* why);
} tessera_policy_host;

// The one symbol of the library. Starts the interpreter; null, and why, where it does not start.
TESSERA_POLICY_EXPORT const tessera_policy_host* tessera_policy_host_entry(tessera_text* error);
}

namespace tessera::scheduler {

[[nodiscard]] inline bool is_python(const std::filesystem::path& file) { return file.extension() == ".py"; }

// The host of Python; opened at the first call, and again for nothing at the next ones.
[[nodiscard]] base::Result<const tessera_policy_host*> python_host();

}  // namespace tessera::scheduler
