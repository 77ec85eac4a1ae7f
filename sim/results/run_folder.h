// The folder that a run's files go to. One folder holds one run.
//
// A run locks its folder, so a second one is refused. It first removes what an earlier run left there, finished or not,
// and only what runs write, known by the list below. Its own files grow in a folder inside and get their places all
// together at the end, summary.json last. So the folder holds nothing, or some files of this run without a summary (it
// was killed between two of them), or all of this run; never files of two.
//
// Where the user has put a symbolic link, a FIFO or a device under a result's name, the bytes go there, when the file
// is complete.
#pragma once

#include <array>
#include <filesystem>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/file/lock_file.h"
#include "base/file/unfinished.h"

namespace tessera::sim {

// What a run may write, in the order in which the files appear.
inline constexpr std::string_view kScheduleFile = "schedule.csv", kTraceFile = "trace.tsr", kDeviceFile = "device.tsr",
                                  kResolvedFile = "resolved.yaml", kSummaryFile = "summary.json";
inline constexpr std::array kRunFiles{kScheduleFile, kTraceFile, kDeviceFile, kResolvedFile, kSummaryFile};

class RunFolder {
 public:
  // Makes the folder where there is none, locks and clears it. `inputs`: files of the run, which stay until they are
  // replaced. After a problem nothing else may be asked of it.
  RunFolder(std::filesystem::path folder, const std::vector<std::filesystem::path>& inputs);
  ~RunFolder();  // what has not been published is gone
  RunFolder(const RunFolder&) = delete;
  RunFolder& operator=(const RunFolder&) = delete;

  // Why the folder is no place for a run: another one is writing there, it may not be written. Empty: it is one.
  [[nodiscard]] const std::string& problem() const { return problem_; }
  // The problem is not that the folder is the wrong one: the disk is full.
  [[nodiscard]] bool lost() const { return lost_; }

  // Where a file of the list is to be written.
  [[nodiscard]] std::filesystem::path place(std::string_view file) const;
  // The same message with the names that the files will have.
  [[nodiscard]] std::string named_as_published(std::string message) const;
  // Gives these files, which are complete, their names; the others never appear. Empty, or why it could not be done:
  // then none of them is there.
  [[nodiscard]] std::string publish(std::span<const std::string_view> files);

 private:
  // Each is false after a problem.
  [[nodiscard]] bool make();
  [[nodiscard]] bool lock();
  [[nodiscard]] bool may_be_cleared();
  [[nodiscard]] bool clear(const std::vector<std::filesystem::path>& inputs);
  void remove_unfinished_files() const;
  [[nodiscard]] bool is_direct(std::string_view file) const;
  bool refuse(std::string problem);
  bool fail(std::string_view what, int error);

  std::filesystem::path folder_, growing_;  // growing_: the folder inside
  std::string problem_;
  bool lost_ = false, made_ = false, published_ = false;
  base::Unfinished made_folder_, growing_folder_;
  std::vector<base::Unfinished> growing_files_;
  std::unique_ptr<base::LockFile> lock_;
};

}  // namespace tessera::sim
