// Reads the native trace file: head at once, records block by block. Safe on any bytes: sizes are judged before
// memory is taken, every number is checked before it is used.
//
// A file without a footer is live or truncated: it is read from its start up to the last complete frame, and
// warnings() says so. A file with a footer is complete, and a wrong checksum in it is an error.
#pragma once

#include <filesystem>
#include <memory>

#include "base/result.h"
#include "trace/file/block_codec.h"
#include "trace/file/tile_table.h"
#include "trace/file/trace_header.h"
#include "trace/record/sink.h"

namespace tessera::trace {

class FileReader {
 public:
  [[nodiscard]] static base::Result<FileReader> open(const std::filesystem::path&);
  FileReader(FileReader&&) noexcept;
  FileReader& operator=(FileReader&&) noexcept;
  ~FileReader();

  [[nodiscard]] const TraceHeader& header() const;
  [[nodiscard]] const TileTable& tiles() const;
  [[nodiscard]] const Trailer* trailer() const;  // null: no footer (live or truncated)
  [[nodiscard]] const std::vector<std::string>& warnings() const;

  // The next block's records replace `out`; false at the end.
  [[nodiscard]] base::Result<bool> next(RecordBatch& out);
  // Everything that is left, in order, to `consumer`, then finish(). Records whose ids have gaps come in several calls.
  // Returns the end of the run (of the last record where there is no trailer).
  [[nodiscard]] base::Result<base::Ps> stream(Consumer& consumer);
  void rewind();

 private:
  struct State;
  explicit FileReader(std::unique_ptr<State>);
  std::unique_ptr<State> state_;
};

// Passes a batch on as a Consumer expects it: one call for each run of consecutive ids.
void replay(const RecordBatch&, Consumer&);

}  // namespace tessera::trace
