// The table of measures for people, programs and the documentation (tessera params measures).
#pragma once

#include "base/json_document.h"

namespace tessera::app {

void print_measures();
// As the list "measures" of a document.
void put_measures(base::JsonDocument&);
void print_measures_markdown();

}  // namespace tessera::app
