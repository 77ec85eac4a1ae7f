// A table of parameters for people, programs and the documentation (tessera params npu|run|dram|energy).
#pragma once

#include <string_view>
#include <vector>

#include "base/config/parameter.h"
#include "base/json_document.h"

namespace tessera::app {

using ParameterInfos = std::vector<base::ParameterInfo>;

void print_parameters(std::string_view title, const ParameterInfos& list);
// As the list `name` of a document.
void put_parameters(base::JsonDocument& document, std::string_view name, const ParameterInfos& list);
// One section of Markdown (sim/app/markdown.h).
void print_parameters_markdown(std::string_view name, const ParameterInfos& list);

}  // namespace tessera::app
