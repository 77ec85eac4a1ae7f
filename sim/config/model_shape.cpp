#include "sim/config/model_shape.h"

#include <fmt/format.h>

#include <array>
#include <vector>

#include "base/config/quantity.h"
#include "base/config/suggest.h"

namespace tessera::sim {
namespace {

constexpr std::int64_t kLargest = 1 << 24;  // of any dimension: products stay far inside 64 bits

std::vector<std::string_view> split(std::string_view text, char at) {
  std::vector<std::string_view> parts;
  while (true) {
    const std::size_t end = text.find(at);
    parts.push_back(text.substr(0, end));
    if (end == std::string_view::npos) return parts;
    text.remove_prefix(end + 1);
  }
}

struct ConvKey {
  std::string_view name;
  std::int64_t models::ConvShape::*field;
  std::int64_t least;
  bool required;
};

constexpr std::array kConvKeys{
    ConvKey{"w", &models::ConvShape::w, 1, true},           ConvKey{"h", &models::ConvShape::h, 1, true},
    ConvKey{"c", &models::ConvShape::c, 1, true},           ConvKey{"k", &models::ConvShape::k, 1, true},
    ConvKey{"kw", &models::ConvShape::kw, 1, true},         ConvKey{"kh", &models::ConvShape::kh, 1, true},
    ConvKey{"sx", &models::ConvShape::sx, 1, false},        ConvKey{"sy", &models::ConvShape::sy, 1, false},
    ConvKey{"pl", &models::ConvShape::pl, 0, false},        ConvKey{"pr", &models::ConvShape::pr, 0, false},
    ConvKey{"pt", &models::ConvShape::pt, 0, false},        ConvKey{"pb", &models::ConvShape::pb, 0, false},
    ConvKey{"dx", &models::ConvShape::dx, 1, false},        ConvKey{"dy", &models::ConvShape::dy, 1, false},
    ConvKey{"groups", &models::ConvShape::groups, 1, false}};

constexpr std::string_view kConvForm = "w=..,h=..,c=..,k=..,kw=..,kh=..[,sx=,sy=,pl=,pr=,pt=,pb=,dx=,dy=,groups=]";

base::Diagnostics wrong(std::string message) { return base::failure(std::move(message)); }

std::vector<std::string> conv_key_names() {
  std::vector<std::string> names;
  for (const ConvKey& key : kConvKeys) names.emplace_back(key.name);
  return names;
}

// One "key=value"; returns what is wrong with it.
std::string read_part(std::string_view part, models::ConvShape& shape, std::array<bool, kConvKeys.size()>& seen) {
  const std::size_t equals = part.find('=');
  const std::string_view name = part.substr(0, equals);
  for (std::size_t i = 0; i < kConvKeys.size(); ++i) {
    const ConvKey& key = kConvKeys[i];
    if (key.name != name || equals == std::string_view::npos) continue;
    if (seen[i]) return fmt::format("says {}= twice", name);
    seen[i] = true;
    const auto value = base::parse_integer(part.substr(equals + 1));
    if (!value || *value < key.least || *value > kLargest) {
      return fmt::format("has \"{}\": {} must be a whole number, {} to {}", part, name, key.least, kLargest);
    }
    shape.*key.field = *value;
    return {};
  }
  if (equals == std::string_view::npos) return fmt::format("must have the form {}, here \"{}\"", kConvForm, part);
  return fmt::format("has the unknown key \"{}\"{}", name, base::did_you_mean(name, conv_key_names()));
}

std::string check(const models::ConvShape& s) {
  if (s.c % s.groups != 0 || s.k % s.groups != 0) {
    return fmt::format("has groups={}, which must divide c={} and k={}", s.groups, s.c, s.k);
  }
  if (s.w + s.pl + s.pr < s.dx * (s.kw - 1) + 1 || s.h + s.pt + s.pb < s.dy * (s.kh - 1) + 1) {
    return fmt::format("has a kernel larger than the padded input: {} x {} (dilated) on {} x {}", s.dx * (s.kw - 1) + 1,
                       s.dy * (s.kh - 1) + 1, s.w + s.pl + s.pr, s.h + s.pt + s.pb);
  }
  return {};
}

}  // namespace

base::Result<models::GemmShape> parse_gemm(std::string_view text) {
  const auto parts = split(text, 'x');
  std::array<std::int64_t, 3> sizes{};
  bool good = parts.size() == 3;
  for (std::size_t i = 0; good && i < 3; ++i) {
    const auto value = base::parse_integer(parts[i]);
    good = value && *value >= 1 && *value <= kLargest;
    if (good) sizes[i] = *value;
  }
  if (!good) return wrong(fmt::format("must be MxKxN such as 512x256x64, each 1 to {}, not \"{}\"", kLargest, text));
  return models::GemmShape{sizes[0], sizes[1], sizes[2]};
}

base::Result<models::ConvShape> parse_conv(std::string_view text) {
  models::ConvShape shape;
  std::array<bool, kConvKeys.size()> seen{};
  for (const std::string_view part : split(text, ',')) {
    if (auto problem = read_part(part, shape, seen); !problem.empty()) return wrong(std::move(problem));
  }
  for (std::size_t i = 0; i < kConvKeys.size(); ++i) {
    if (kConvKeys[i].required && !seen[i])
      return wrong(fmt::format("lacks {}= (form: {})", kConvKeys[i].name, kConvForm));
  }
  if (auto problem = check(shape); !problem.empty()) return wrong(std::move(problem));
  return shape;
}

std::string to_string(const models::GemmShape& s) { return fmt::format("{}x{}x{}", s.m, s.k, s.n); }

std::string to_string(const models::ConvShape& shape) {
  const models::ConvShape defaults;
  std::string text;
  for (const ConvKey& key : kConvKeys) {
    if (!key.required && shape.*key.field == defaults.*key.field) continue;
    text += fmt::format("{}{}={}", text.empty() ? "" : ",", key.name, shape.*key.field);
  }
  return text;
}

}  // namespace tessera::sim
