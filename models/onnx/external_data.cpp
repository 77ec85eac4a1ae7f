#include "models/onnx/external_data.h"

#include "models/onnx/tensor_numbers.h"

namespace tessera::models::onnx {

// Locations are relative and stay inside the folder, as the format demands: a network must not make us open other
// files.
const MappedFile* ExternalFiles::open(const std::string& location) {
  const auto [at, fresh] = files_.try_emplace(location);
  if (fresh) {
    const std::filesystem::path path = std::filesystem::path(location).lexically_normal();
    if (location.empty() || path.is_absolute() || *path.begin() == "..") return nullptr;
    if (auto file = MappedFile::open(folder_ / path)) at->second = std::move(file).value();
  }
  return at->second ? &*at->second : nullptr;
}

// Scales and ratios are few; a longer list of fractions is a weight.
constexpr std::int64_t kMostReals = 64;

void ExternalFiles::load(const ExternalData& data, Literal& into) {
  if (!few_numbers(into.dims) || (!is_integer(into.type) && elements(into.dims) > kMostReals)) return;
  const auto size = static_cast<std::uint64_t>(raw_bytes(into.type, elements(into.dims)));
  if (data.offset < 0 || (data.length && static_cast<std::uint64_t>(*data.length) != size)) return;
  const MappedFile* file = open(std::string(data.location));
  if (file == nullptr) return;
  const std::string_view bytes = file->bytes();
  const auto offset = static_cast<std::uint64_t>(data.offset);
  if (offset > bytes.size() || bytes.size() - offset < size) return;
  decode({into.type, bytes.substr(offset, size), {}, {}}, into);
}

}  // namespace tessera::models::onnx
