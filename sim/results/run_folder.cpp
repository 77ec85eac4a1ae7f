#include "sim/results/run_folder.h"

#include <fmt/format.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <system_error>

#include "base/file/atomic_file.h"

namespace tessera::sim {
namespace {

namespace fs = std::filesystem;

constexpr std::string_view kLock = ".tessera.lock", kGrowing = ".tessera.unfinished";

bool is_result(std::string_view name) { return std::ranges::find(kRunFiles, name) != kRunFiles.end(); }

// "trace.tsr.4711-1.partial"; earlier versions wrote "trace.tsr.partial".
bool is_unfinished_result(std::string_view name) {
  return name.ends_with(".partial") && std::ranges::any_of(kRunFiles, [name](std::string_view result) {
           return name.starts_with(result) && name.substr(result.size()).starts_with('.');
         });
}

bool is_one_of(const fs::path& file, const std::vector<fs::path>& files) {
  return std::ranges::any_of(files, [&file](const fs::path& other) {
    std::error_code neither_is_there;
    return !other.empty() && fs::equivalent(file, other, neither_is_there);
  });
}

}  // namespace

RunFolder::RunFolder(fs::path folder, const std::vector<fs::path>& inputs)
    : folder_(std::move(folder)), growing_(folder_ / kGrowing) {
  if (make() && lock() && may_be_cleared() && clear(inputs))
    base::set_interruption_note(folder_.string() + " holds no results");
}

bool RunFolder::refuse(std::string problem) {
  problem_ = std::move(problem);
  return false;
}

bool RunFolder::fail(std::string_view what, int error) {
  lost_ = base::is_loss(error);
  return refuse(fmt::format("{}: {}: {}", folder_.string(), what, std::strerror(error)));
}

bool RunFolder::make() {
  const base::WholeStep whole;
  std::error_code error;
  made_ = fs::create_directories(folder_, error);
  if (error) return fail("the folder cannot be made", error.value());
  if (made_) made_folder_ = base::Unfinished(folder_);
  return true;
}

bool RunFolder::lock() {
  lock_ = std::make_unique<base::LockFile>(folder_ / kLock);
  if (lock_->held()) return true;
  if (lock_->error() != EWOULDBLOCK) return fail("the folder cannot be written", lock_->error());
  return refuse(
      fmt::format("{}: another run is writing there ({}); a folder holds one run: give this one its own by "
                  "--out FOLDER",
                  folder_.string(), lock_->holder()));
}

bool RunFolder::may_be_cleared() {
  for (const std::string_view file : kRunFiles) {
    std::error_code none;
    if (!fs::is_directory(folder_ / file, none)) continue;
    return refuse((folder_ / file).string() + ": is a folder, and a run writes a file of this name");
  }
  return true;
}

// Before the first byte of this run: from here on the folder holds nothing of another one.
bool RunFolder::clear(const std::vector<fs::path>& inputs) {
  remove_unfinished_files();
  for (const std::string_view name : kRunFiles) {
    std::error_code error;
    const fs::path file = fs::weakly_canonical(folder_ / name, error);  // behind a link: the link stays
    if (error || !fs::is_regular_file(file, error) || is_one_of(file, inputs)) continue;
    if (::unlink(file.c_str()) != 0) return fail(fmt::format("the old {} cannot be removed", name), errno);
  }
  const base::WholeStep whole;
  if (::mkdir(growing_.c_str(), 0777) != 0 && errno != EEXIST) return fail("the folder cannot be written", errno);
  growing_folder_ = base::Unfinished(growing_);
  for (const std::string_view name : kRunFiles) growing_files_.emplace_back(growing_ / name);
  return true;
}

// Of this run, or of one that was killed.
void RunFolder::remove_unfinished_files() const {
  for (const fs::path& folder : {folder_, growing_}) {
    std::error_code none;
    std::vector<fs::path> old;
    for (const auto& entry : fs::directory_iterator(folder, none)) {
      const std::string name = entry.path().filename().string();
      if (is_unfinished_result(name) || (folder == growing_ && is_result(name))) old.push_back(entry.path());
    }
    for (const fs::path& file : old) ::unlink(file.c_str());
  }
  ::rmdir(growing_.c_str());
}

RunFolder::~RunFolder() {
  if (lock_ && lock_->held()) remove_unfinished_files();
  lock_.reset();
  if (made_ && !published_) ::rmdir(folder_.c_str());
}

bool RunFolder::is_direct(std::string_view file) const {
  std::error_code none;
  const auto status = fs::symlink_status(folder_ / file, none);
  return fs::exists(status) && !fs::is_regular_file(status);
}

fs::path RunFolder::place(std::string_view file) const { return (is_direct(file) ? folder_ : growing_) / file; }

std::string RunFolder::named_as_published(std::string message) const {
  const std::string growing = growing_.string();
  if (const auto at = message.find(growing); at != std::string::npos)
    message.replace(at, growing.size(), folder_.string());
  return message;
}

std::string RunFolder::publish(std::span<const std::string_view> files) {
  const base::WholeStep whole;
  for (const std::string_view file : files) {
    if (is_direct(file)) continue;
    const fs::path from = growing_ / file, to = folder_ / file;
    if (std::rename(from.c_str(), to.c_str()) == 0) continue;
    const std::string why = std::strerror(errno);
    for (const std::string_view placed : files) {
      if (!is_direct(placed)) ::unlink((folder_ / placed).c_str());
    }
    return fmt::format("{}: cannot write: {}", to.string(), why);
  }
  published_ = true;
  made_folder_.done();
  base::set_interruption_note("the results are in " + folder_.string());
  return {};
}

}  // namespace tessera::sim
