// From a program's message to network and tile graph; one .cpp for each of its parts. Seen only by them.
#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "arch/spec/npu_spec.h"
#include "scheduler/program/program.h"
#include "scheduler/program/program_files.h"

namespace tessera::program::proto {
class Array;
class Block;
class Box;
class Buffer;
class Group;
class Operator;
class Tensor;
class Tile;
}  // namespace tessera::program::proto

namespace tessera::scheduler {

class ProgramImporter {
 public:
  ProgramImporter(const ProgramFile&, const arch::NpuSpec&, const RequestSpec&);
  [[nodiscard]] base::Result<TileProgram> run();

 private:
  static constexpr std::size_t kMostProblems = 20;
  static constexpr std::int64_t kMostAddress = std::int64_t{1} << 52;

  // program_import.cpp
  void read_slots();
  void read_tensors();
  void read_tensor(const program::proto::Tensor&, const std::string& path);
  void add_view(models::TensorId root, const models::Box&, models::TensorRole);
  void read_operators();
  void read_operator(const program::proto::Operator&, const std::string& path);
  [[nodiscard]] base::Function function(const std::string& name, const std::string& path);
  [[nodiscard]] models::Box box(const program::proto::Box&, const models::Shape& within, const std::string& path);
  // The tensor of a name; kNone after a diagnostic.
  [[nodiscard]] models::TensorId tensor(const std::string& name, const std::string& path);
  [[nodiscard]] base::Result<TileProgram> link();

  // program_blocks.cpp
  void read_buffers();
  void read_blocks();
  void read_block(const program::proto::Block&, const std::string& path);
  void read_place(const program::proto::Block&, Block&, const std::string& path);
  void make_buffers();
  void check_inside(const Block&, const std::string& path);
  void check_overlaps();
  void check_requests();

  // program_groups.cpp
  void read_groups();
  void read_group(const program::proto::Group&, const std::string& path);
  void read_host(const program::proto::Group&, const std::string& path);
  void read_tile(const program::proto::Group&, int slice, TileKind, const std::string& path);
  void check_unit(const program::proto::Tile&, TileKind, bool last, const std::string& path);
  [[nodiscard]] std::uint32_t work(const program::proto::Array&, std::uint32_t op, bool accumulates,
                                   const std::string& path);
  void check_output(BlockId, TileKind, const std::string& path);
  void check_slot(BlockId, std::size_t region, const std::string& path);
  // A block of the list; kNoId after a diagnostic.
  [[nodiscard]] BlockId block(std::uint32_t number, const std::string& path);

  [[nodiscard]] bool full() const { return problems_.list().size() >= kMostProblems; }
  void report(const std::string& path, const std::string& message) {
    if (!full()) problems_.add(file_.problem(path, message));
  }
  // Whether `value` is within [low, high]; reports it otherwise.
  bool check(const std::string& path, std::int64_t value, std::int64_t low, std::int64_t high);

  const ProgramFile& file_;
  const program::proto::Program& program_;
  const arch::NpuSpec& npu_;
  const RequestSpec& requests_;
  models::Network network_;
  TileGraph graph_;
  std::vector<std::vector<models::Box>> fed_in_, leaves_;  // by tensor
  std::map<std::string, models::TensorId, std::less<>> tensors_;
  std::map<std::string, std::uint32_t, std::less<>> operators_;
  std::vector<std::pair<GroupId, GroupId>> control_;
  std::map<std::pair<arch::ArrayShape, std::array<std::int64_t, 4>>, std::uint32_t> works_;
  base::Diagnostics problems_;
};

}  // namespace tessera::scheduler
