#include "models/operators/refusals.h"

#include <algorithm>
#include <array>

namespace tessera::models {

namespace {

constexpr std::string_view kText = "it works on text, which no unit of the machine does";
constexpr std::string_view kExtent = "how many elements it makes depends on numbers that only a run has";
constexpr std::string_view kTraining = "it is a loss, which training alone needs: export the network for inference";
constexpr std::string_view kOptional =
    "whether its input is there is known in a run only: export the network without optional inputs";
constexpr std::string_view kSpectrum =
    "no unit of the machine has a Fourier transform: export it as a convolution or a product with its matrix";

struct Refusal {
  std::string_view type, why;
};
constexpr std::array kRefusals{
    Refusal{"DFT", kSpectrum},
    Refusal{"Det", "no unit of the machine computes a determinant"},
    Refusal{"ImageDecoder", "it decodes a file, which no unit of the machine does"},
    Refusal{"NegativeLogLikelihoodLoss", kTraining},
    Refusal{"NonMaxSuppression", kExtent},
    Refusal{"Optional", kOptional},
    Refusal{"OptionalGetElement", kOptional},
    Refusal{"OptionalHasElement", kOptional},
    Refusal{"RegexFullMatch", kText},
    Refusal{"STFT", kSpectrum},
    Refusal{"SequenceMap", "its body runs for each tensor of a list: export the network with a Loop, or unrolled"},
    Refusal{"SoftmaxCrossEntropyLoss", kTraining},
    Refusal{"StringConcat", kText},
    Refusal{"StringNormalizer", kText},
    Refusal{"StringSplit", kText},
    Refusal{"TensorScatter", "it writes at places of a cache that only a run has: export the cache as a Concat"},
    Refusal{"TfIdfVectorizer", kText},
};
static_assert(std::ranges::is_sorted(kRefusals, {}, &Refusal::type));

}  // namespace

std::string_view why_refused(std::string_view type, std::string_view domain) {
  const auto at = std::ranges::lower_bound(kRefusals, type, {}, &Refusal::type);
  return domain.empty() && at != kRefusals.end() && at->type == type ? at->why : std::string_view{};
}

}  // namespace tessera::models
