// A progress bar on a terminal; elsewhere a line now and then, so that a log shows that the run is alive.
#pragma once

#include <chrono>
#include <cstdint>
#include <cstdio>
#include <string>
#include <string_view>

namespace tessera::app {

// "[#####-----]  50 %  1234/2468 tiles  ETA 2 s"; `elapsed` in seconds. No ETA before there is something to go by, and
// no bar where the total is not known (0).
[[nodiscard]] std::string progress_text(std::string_view what, std::uint64_t done, std::uint64_t total, double elapsed);

class Progress {
 public:
  using Clock = std::chrono::steady_clock;

  explicit Progress(std::FILE* stream);
  ~Progress() { clear(); }
  Progress(const Progress&) = delete;
  Progress& operator=(const Progress&) = delete;

  // `what` is counted: "tiles". Another word starts another bar.
  void update(std::string_view what, std::uint64_t done, std::uint64_t total);
  // Takes the bar off the terminal, so that what follows starts on a clean line.
  void clear();

 private:
  void put(const std::string& text);

  std::FILE* stream_;
  bool terminal_;
  bool drawn_ = false;
  std::string what_;
  Clock::time_point start_, last_;
};

}  // namespace tessera::app
