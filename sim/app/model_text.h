// Screens and documents of what was read from a network.
#pragma once

#include <string>
#include <vector>

#include "base/json_document.h"
#include "models/network/network.h"
#include "models/network/operator_work.h"

namespace tessera::app {

struct ModelView {
  const models::Network& network;
  models::ElementFormat format;  // of tensors of which the network does not say it
};

// `notes`: every single thing that the passes did.
void print_model(const ModelView&, bool notes);
// Into a document tessera.model/1.
void put_model(base::JsonDocument&, const ModelView&);

// The box of another tensor that this one is; empty: it owns its memory.
[[nodiscard]] std::string view_text(const models::Network&, const models::Tensor&);

}  // namespace tessera::app
