// A program as a file holds it, in one of its three forms, and where a message about it points: file, line and column
// of YAML and of protobuf's text, the path of the field in all of them.
#pragma once

#include <filesystem>
#include <memory>
#include <string>

#include "base/config/node.h"
#include "base/result.h"
#include "scheduler/program/program.h"

namespace tessera::program::proto {
class Program;
}

namespace tessera::scheduler {

class ProgramFile {
 public:
  // Reads it; what the schema does not know or hold is reported.
  [[nodiscard]] static base::Result<ProgramFile> read(const std::filesystem::path&);
  ~ProgramFile();
  ProgramFile(ProgramFile&&) noexcept;

  [[nodiscard]] const program::proto::Program& program() const { return *program_; }
  [[nodiscard]] const std::string& name() const { return file_; }
  // A diagnostic at the field of this path, or at what is closest above it: "groups[3].tiles[0].input".
  [[nodiscard]] base::Diagnostic problem(const std::string& path, const std::string& message) const;

 private:
  struct Parsed;  // how the text format's parser has seen the file
  explicit ProgramFile(std::string file);
  void read_yaml(base::Diagnostics&);
  void read_text(base::Diagnostics&);
  void read_binary(base::Diagnostics&);

  std::string file_;
  std::unique_ptr<program::proto::Program> program_;
  base::Node root_;  // of YAML
  std::unique_ptr<Parsed> parsed_;
};

[[nodiscard]] std::string program_text(const program::proto::Program&, ProgramForm);

}  // namespace tessera::scheduler
