// What a trace holds, for people, programs and the documentation (tessera params trace).
#pragma once

#include "base/json_document.h"

namespace tessera::app {

void print_trace_schema();
// Each table as a list of a document.
void put_trace_schema(base::JsonDocument&);
void print_trace_schema_markdown();

}  // namespace tessera::app
