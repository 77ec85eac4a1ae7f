// A SystemC kernel of one's own for one simulation.
//
// The kernel allows one elaboration per context; a fresh context per run makes any number of simulations possible in
// one process, one after the other (never from two threads). Modules are destroyed before the context. The kernel that
// an sc_time of the caller's has made stands aside meanwhile.
#pragma once

#include "sim/kernel/systemc.h"

namespace tessera::sim {

class Context {
 public:
  Context() {
    sc_core::sc_report_handler::set_actions(sc_core::SC_INFO, sc_core::SC_DO_NOTHING);
    sc_core::sc_default_global_context = sc_core::sc_curr_simcontext = new sc_core::sc_simcontext;
  }
  ~Context() {
    delete sc_core::sc_curr_simcontext;
    sc_core::sc_curr_simcontext = callers_;
    sc_core::sc_default_global_context = callers_default_;
  }
  Context(const Context&) = delete;
  Context& operator=(const Context&) = delete;

  // Runs until nothing is pending.
  void run() { sc_core::sc_start(); }

 private:
  sc_core::sc_simcontext* const callers_ = sc_core::sc_curr_simcontext;
  sc_core::sc_simcontext* const callers_default_ = sc_core::sc_default_global_context;
};

}  // namespace tessera::sim
