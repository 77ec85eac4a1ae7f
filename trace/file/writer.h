// Writes the native trace file at the drain: records in, column blocks out (trace.proto).
//
// All or nothing: the file grows as PATH.partial and gets its name when it is complete; a writer that is destroyed
// before finish() removes it. The bytes depend on the records alone, never on wall time.
#pragma once

#include <filesystem>
#include <memory>

#include "base/result.h"
#include "trace/file/tile_table.h"
#include "trace/file/trace_header.h"
#include "trace/record/sink.h"

namespace tessera::trace {

struct WriterOptions {
  int zstd_level = 1;  // of each block; 0 = plain
};

class FileWriter : public Consumer {
 public:
  // Creates the file and writes its head. Fails where the folder does not exist or cannot be written.
  [[nodiscard]] static base::Result<std::unique_ptr<FileWriter>> create(const std::filesystem::path&,
                                                                        const TraceHeader&, const TileTable&,
                                                                        WriterOptions = {});
  ~FileWriter() override;

  // Every record's unit must be in the header's table. May run in the drain thread.
  void consume(std::span<const Record> records, std::uint64_t first_id) override;
  // Writes what is left, index and footer, and gives the file its name. Problems wait in failure().
  void finish(base::Ps end) override;

  // Before finish(), from the thread that will cause it (the sink's).
  void set_end_meta(std::string key, std::string value);
  void set_failed();                             // the run did not end well; the trace is whole all the same
  void set_unit_counts(std::vector<UnitCount>);  // a lossy producer knows them; else every record counts as kept

  [[nodiscard]] const std::string& failure() const;  // after finish(); empty = the file is complete
  [[nodiscard]] std::uint64_t events() const;
  [[nodiscard]] std::uint64_t bytes() const;  // of the file, so far

 private:
  struct State;
  explicit FileWriter(std::unique_ptr<State>);
  std::unique_ptr<State> state_;
};

}  // namespace tessera::trace
