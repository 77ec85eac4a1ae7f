// A progress bar on a terminal; elsewhere a line now and then, so that a log shows that the run is alive.
#pragma once

#include <chrono>
#include <cstdint>
#include <cstdio>
#include <string>

namespace tessera::app {

// "[#####-----]  50 %  1234/2468 tiles  ETA 2 s"; `elapsed` in seconds. No ETA before there is something to go by.
[[nodiscard]] std::string progress_text(std::uint64_t done, std::uint64_t total, double elapsed);

class Progress {
 public:
  using Clock = std::chrono::steady_clock;

  explicit Progress(std::FILE* stream);
  ~Progress() { clear(); }
  Progress(const Progress&) = delete;
  Progress& operator=(const Progress&) = delete;

  void update(std::uint64_t done, std::uint64_t total);
  // Takes the bar off the terminal, so that what follows starts on a clean line.
  void clear();

 private:
  void put(const std::string& text);

  std::FILE* stream_;
  bool terminal_;
  bool drawn_ = false;
  Clock::time_point start_, last_;
};

}  // namespace tessera::app
