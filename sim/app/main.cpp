// The tessera program. libsystemc.so defines a main of its own, which calls sc_main; an object file's main wins over
// it, and sc_main is only there to satisfy that library.
#include <exception>
#include <new>
#include <string>
#include <vector>

#include "sim/app/command.h"
#include "sim/app/interruption.h"
#include "sim/app/output.h"

extern "C" int sc_main(int, char**) { return 1; }

namespace {

int run(const std::vector<std::string>& arguments) {
  namespace app = tessera::app;
  try {
    return app::run_program(arguments);
  } catch (const std::bad_alloc&) {
    app::say("tessera: there is not enough memory for this; limits.memory and limits.tiles refuse such a run early");
  } catch (const std::exception& e) {
    if (!app::is_output_failure(e)) app::say("tessera: internal error: {}", e.what());
  }
  return app::kFailed;
}

}  // namespace

int main(int argc, char** argv) {
  tessera::app::open_standard_streams();
  tessera::app::end_cleanly_on_signals();
  return tessera::app::end_output(run({argv + (argc > 0 ? 1 : 0), argv + argc}));
}
