#include "scheduler/program/program_files.h"

#include <fmt/format.h>
#include <google/protobuf/io/tokenizer.h>
#include <google/protobuf/io/zero_copy_stream_impl_lite.h>
#include <google/protobuf/text_format.h>

#include <fstream>
#include <iterator>

#include "base/config/tree_path.h"
#include "program.pb.h"
#include "scheduler/program/yaml_message.h"

namespace tessera::scheduler {

using base::Diagnostic;
using base::Diagnostics;
using google::protobuf::TextFormat;

struct ProgramFile::Parsed {
  std::string content;
  TextFormat::ParseInfoTree tree;

  [[nodiscard]] std::string source_line(int line) const {
    std::size_t begin = 0;
    for (int n = 1; n < line && begin != std::string::npos + 1; ++n) begin = content.find('\n', begin) + 1;
    return line < 1 ? std::string() : content.substr(begin, content.find('\n', begin) - begin);
  }
};

namespace {

// Lines and columns of protobuf count from 0.
class ErrorList final : public google::protobuf::io::ErrorCollector {
 public:
  explicit ErrorList(std::string file, Diagnostics& problems) : file_(std::move(file)), problems_(problems) {}
  void AddError(int line, int column, const std::string& message) override {
    problems_.add({file_, line + 1, column + 1}, message);
  }

 private:
  std::string file_;
  Diagnostics& problems_;
};

base::Result<std::string> whole_file(const std::string& file) {
  constexpr std::uintmax_t kMostBytes = std::uintmax_t{1} << 30;
  if (const auto missing = base::why_missing(file)) return base::failure({file, 0, 0}, *missing);
  std::error_code error;
  if (const auto size = std::filesystem::file_size(file, error); !error && size > kMostBytes)
    return base::failure({file, 0, 0}, fmt::format("has {} B; a program has at most {}", size, kMostBytes));
  std::ifstream in(file, std::ios::binary);
  std::string text{std::istreambuf_iterator<char>(in), {}};
  if (!in) return base::failure({file, 0, 0}, "cannot be read");
  return text;
}

}  // namespace

ProgramFile::ProgramFile(std::string file)
    : file_(std::move(file)), program_(std::make_unique<program::proto::Program>()) {}
ProgramFile::~ProgramFile() = default;
ProgramFile::ProgramFile(ProgramFile&&) noexcept = default;

base::Result<ProgramFile> ProgramFile::read(const std::filesystem::path& path) {
  ProgramFile file(path.string());
  Diagnostics problems;
  switch (program_form(path)) {
    case ProgramForm::yaml: file.read_yaml(problems); break;
    case ProgramForm::text: file.read_text(problems); break;
    case ProgramForm::binary: file.read_binary(problems); break;
  }
  if (!problems.empty()) return problems;
  constexpr std::uint32_t kVersion = 1;
  if (file.program_->version() != kVersion)
    problems.add(file.problem("version",
                              fmt::format("is {}; this program reads version {}", file.program_->version(), kVersion)));
  if (!problems.empty()) return problems;
  return file;
}

void ProgramFile::read_yaml(Diagnostics& problems) {
  auto root = base::read_yaml_file(file_);
  if (!root) {
    problems.append(root.problems());
    if (std::error_code error; std::filesystem::file_size(file_, error) > base::kMaxSourceBytes && !error)
      problems.add({file_, 0, 0}, "large programs are written as protobuf (.pb or .txtpb)");
    return;
  }
  root_ = std::move(*root);
  read_message(root_, {}, *program_, problems);
}

void ProgramFile::read_text(Diagnostics& problems) {
  auto text = whole_file(file_);
  if (!text) return problems.append(text.problems());
  parsed_ = std::make_unique<Parsed>();
  parsed_->content = std::move(*text);
  ErrorList errors(file_, problems);
  TextFormat::Parser parser;
  parser.RecordErrorsTo(&errors);
  parser.WriteLocationsTo(&parsed_->tree);
  if (!parser.ParseFromString(parsed_->content, program_.get()) && problems.empty())
    problems.add({file_, 0, 0}, "is no program in protobuf's text format");
}

void ProgramFile::read_binary(Diagnostics& problems) {
  auto bytes = whole_file(file_);
  if (!bytes) return problems.append(bytes.problems());
  if (!program_->ParseFromString(*bytes))
    problems.add({file_, 0, 0},
                 "is no tile program: neither YAML (.yaml), nor protobuf's text (.txtpb, .textproto, .pbtxt), and its "
                 "bytes are no message of the schema");
}

Diagnostic ProgramFile::problem(const std::string& path, const std::string& message) const {
  const std::string said = path.empty() ? message : path + " " + message;
  if (root_.is_map()) return base::nearest(root_, path).problem(said);
  if (!parsed_) return {{file_, 0, 0}, said, {}};
  // Down the tree of what was parsed, as far as the path goes.
  const TextFormat::ParseInfoTree* at = &parsed_->tree;
  const auto* type = program::proto::Program::descriptor();
  int line = 0, column = 0;
  const auto steps = base::parse_path(path);
  for (std::size_t i = 0; i < steps.size() && type != nullptr && at != nullptr; ++i) {
    const auto* field = type->FindFieldByName(steps[i].key);
    if (field == nullptr) break;
    int index = field->is_repeated() ? 0 : -1;
    if (index == 0 && i + 1 < steps.size() && steps[i + 1].index >= 0) index = static_cast<int>(steps[++i].index);
    const auto place = at->GetLocation(field, index);
    if (place.line < 0) break;
    line = place.line + 1, column = place.column + 1;
    type = field->message_type();
    at = type == nullptr ? nullptr : at->GetTreeForNested(field, index);
  }
  return {{file_, line, column}, said, parsed_->source_line(line)};
}

std::string program_text(const program::proto::Program& program, ProgramForm form) {
  std::string text;
  switch (form) {
    case ProgramForm::yaml: return write_message(program);
    case ProgramForm::text: {
      TextFormat::Printer printer;
      printer.SetSingleLineMode(false);
      printer.SetUseShortRepeatedPrimitives(true);
      printer.PrintToString(program, &text);
      return text;
    }
    case ProgramForm::binary: return program.SerializeAsString();
  }
  return text;
}

ProgramForm program_form(const std::filesystem::path& file) {
  const std::string extension = file.extension().string();
  if (extension == ".yaml" || extension == ".yml") return ProgramForm::yaml;
  if (extension == ".txtpb" || extension == ".textproto" || extension == ".pbtxt") return ProgramForm::text;
  return ProgramForm::binary;
}

base::Diagnostics check_program_syntax(const std::filesystem::path& path) {
  const auto file = ProgramFile::read(path);
  return file ? Diagnostics{} : file.problems();
}

}  // namespace tessera::scheduler
