// The record schema as tables of text: what `tessera params trace` prints and docs/trace.md holds.
#pragma once

#include <string>
#include <vector>

namespace tessera::trace {

struct SchemaTable {
  std::string section;  // "records", "columns", "reasons", "links", "operands", "lacks", "levels", "scopes"
  std::vector<std::string> head;
  std::vector<std::vector<std::string>> rows;
};

[[nodiscard]] std::vector<SchemaTable> schema_tables();

}  // namespace tessera::trace
