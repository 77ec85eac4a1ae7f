// The table of operators for people, programs and the documentation (tessera params operators).
#pragma once

#include "base/json_document.h"

namespace tessera::app {

void print_operators();
// As the list "operators" of a document.
void put_operators(base::JsonDocument&);
void print_operators_markdown();

}  // namespace tessera::app
