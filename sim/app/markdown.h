// A table as a section of Markdown: scripts/update_docs puts what follows the marker of a section between the markers
// of that name in docs/.
#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace tessera::app {

void print_section(std::string_view name, const std::vector<std::string>& head,
                   const std::vector<std::vector<std::string>>& rows);

}  // namespace tessera::app
