// Sound traces of many kinds, small enough to be changed in every place: levels, memories, requests, schedulers,
// energy, a trace buffer that stalls or loses, a run that failed.
#pragma once

#include <filesystem>
#include <string>
#include <vector>

#include "trace/file/reader.h"

namespace tessera::tests {

struct AttackedTrace {
  std::string name;
  std::filesystem::path file;  // stored plain
  trace::TraceHeader header;
  trace::TileTable tiles;
  trace::Trailer trailer;
  trace::RecordBatch batch;  // all records
};

// Made once; the files live as long as the process. Throws where a run or a trace is not what it should be.
[[nodiscard]] const std::vector<AttackedTrace>& attacked_traces();

}  // namespace tessera::tests
