// Tensors whose bytes stand in files beside the network: read where they are small enough to be shapes, and only those
// bytes. A file that is missing or too short is no error: weights are not needed, and a shape that is needed says so.
#pragma once

#include <filesystem>
#include <map>
#include <optional>
#include <string>

#include "models/onnx/mapped_file.h"
#include "models/onnx/messages.h"

namespace tessera::models::onnx {

class ExternalFiles {
 public:
  explicit ExternalFiles(std::filesystem::path folder) : folder_(std::move(folder)) {}
  // Puts the tensor's numbers into its literal, where it has few and its file holds them.
  void load(const ExternalData&, Literal&);

 private:
  [[nodiscard]] const MappedFile* open(const std::string& location);

  std::filesystem::path folder_;
  std::map<std::string, std::optional<MappedFile>> files_;  // by location; nothing where it cannot be read
};

}  // namespace tessera::models::onnx
