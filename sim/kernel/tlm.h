// TLM-2.0 beside SystemC: for the port at which a user's own memory is bound, and for such memories.
#pragma once

#include <tlm_utils/simple_initiator_socket.h>
#include <tlm_utils/simple_target_socket.h>

#include <tlm>

#include "sim/kernel/systemc.h"
