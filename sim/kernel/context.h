// A fresh SystemC kernel for one simulation.
//
// SystemC allows one elaboration per simulation context. A new context for every run therefore lets one process run any
// number of simulations, one after the other, but never from two threads. A run's modules are destroyed before its
// context. The caller may have a context already, for instance because it made an sc_time; that context is set aside
// while a run's own one lives, and put back afterwards.
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

  // Runs until no event is pending.
  void run() { sc_core::sc_start(); }

 private:
  sc_core::sc_simcontext* const callers_ = sc_core::sc_curr_simcontext;
  sc_core::sc_simcontext* const callers_default_ = sc_core::sc_default_global_context;
};

}  // namespace tessera::sim
