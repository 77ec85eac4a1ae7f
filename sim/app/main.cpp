// The tessera program. libsystemc.so defines a main of its own, which calls sc_main; an object file's main wins over
// it, and sc_main is only there to satisfy that library.
#include <cstdio>
#include <exception>
#include <string>
#include <vector>

#include "sim/app/command.h"

extern "C" int sc_main(int, char**) { return 1; }

int main(int argc, char** argv) {
  const std::vector<std::string> arguments(argv + (argc > 0 ? 1 : 0), argv + argc);
  try {
    return tessera::app::run_program(arguments);
  } catch (const std::exception& e) {
    std::fprintf(stderr, "tessera: internal error: %s\n", e.what());
    return tessera::app::kFailed;
  }
}
