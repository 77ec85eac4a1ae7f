// YAML as a protobuf message and back, by the message's own descriptor: keys are field names, lists are repeated
// fields, words are names of enumerated values.
#pragma once

#include <string>
#include <string_view>

#include "base/config/node.h"
#include "base/result.h"

namespace google::protobuf {
class Message;
}

namespace tessera::scheduler {

// Fills `message`; unknown keys, values of the wrong type and out of range are reported. `path` is how messages call
// the node; empty at the top.
void read_message(const base::Node&, const std::string& path, google::protobuf::Message& message, base::Diagnostics&);

// Lists of the top level one item a line. Texts are taken for UTF-8.
[[nodiscard]] std::string write_message(const google::protobuf::Message&);

}  // namespace tessera::scheduler
