#include "scheduler/plugin/policy_host.h"

#include <dlfcn.h>

#include <cstdlib>
#include <string>
#include <vector>

#include "base/escape.h"

namespace tessera::scheduler {
namespace {

namespace fs = std::filesystem;
using Opened = base::Result<const tessera_policy_host*>;

constexpr const char* kLibrary = "libtessera_python_policy.so";
constexpr const char* kVariable = "TESSERA_PYTHON_POLICY";
constexpr const char* kInstalled = TESSERA_HOST_FOLDER;  // from the program's folder

std::vector<fs::path> places() {
  if (const char* said = std::getenv(kVariable); said != nullptr && *said != '\0') return {said};
  std::error_code error;
  const fs::path folder = fs::read_symlink("/proc/self/exe", error).parent_path();
  return {folder / kLibrary, (folder / kInstalled).lexically_normal() / kLibrary};
}

Opened not_there(const std::vector<fs::path>& looked) {
  std::string where;
  for (const fs::path& p : looked) where += (where.empty() ? "" : " and ") + base::screen_text(p.string());
  return base::failure("policies in Python are a part of Tessera that was not built here (looked for " + where +
                       "): install pybind11-dev and python3-dev, configure with -DTESSERA_PYTHON=ON, and build; " +
                       kVariable + " names a library that stands elsewhere (docs/policies.md)");
}

}  // namespace

// Global: Debian's extension modules find the interpreter's functions among those of the program.
Opened python_host() {
  const auto looked = places();
  std::error_code error;
  fs::path file;
  for (const fs::path& p : looked)
    if (file.empty() && fs::is_regular_file(p, error)) file = fs::absolute(p, error);
  if (file.empty()) return not_there(looked);
  const std::string name = base::screen_text(file.string());
  void* library = ::dlopen(file.c_str(), RTLD_NOW | RTLD_GLOBAL);
  if (library == nullptr) return base::failure("policies in Python: " + base::screen_text(::dlerror()));
  void* symbol = ::dlsym(library, "tessera_policy_host_entry");
  if (symbol == nullptr) return base::failure(name + " runs no policies in Python");
  char text[512] = "";
  tessera_text why{text, sizeof(text)};
  const auto* host = reinterpret_cast<const tessera_policy_host* (*)(tessera_text*)>(symbol)(&why);
  if (host == nullptr) return base::failure("Python does not start: " + base::screen_text(text));
  if (host->size != sizeof(*host) || host->abi_major != TESSERA_POLICY_ABI_MAJOR ||
      host->abi_minor != TESSERA_POLICY_ABI_MINOR)
    return base::failure(name + " is of another build than this program: build and install both");
  return host;
}

}  // namespace tessera::scheduler
