#include "sim/app/progress.h"

#include <fmt/format.h>
#include <unistd.h>

#include <algorithm>

namespace tessera::app {
namespace {

constexpr std::uint64_t kBarWidth = 30;
constexpr auto kRedraw = std::chrono::milliseconds(100);
constexpr auto kLogLine = std::chrono::seconds(5);
constexpr const char* kEraseLine = "\r\033[K";

std::string duration(double seconds) {
  const auto whole = static_cast<std::int64_t>(std::max(0.0, seconds) + 0.5);
  if (whole < 60) return fmt::format("{} s", whole);
  if (whole < 3600) return fmt::format("{} min {} s", whole / 60, whole % 60);
  return fmt::format("{} h {} min", whole / 3600, whole % 3600 / 60);
}

}  // namespace

std::string progress_text(std::string_view what, std::uint64_t done, std::uint64_t total, double elapsed) {
  if (total == 0) return fmt::format("{} {}", done, what);
  done = std::min(done, total);
  const std::uint64_t filled = kBarWidth * done / total;
  std::string text = fmt::format("[{}{}] {:>3} %  {}/{} {}", std::string(filled, '#'),
                                 std::string(kBarWidth - filled, '-'), 100 * done / total, done, total, what);
  if (done > 0 && done < total) {
    text += "  ETA " + duration(elapsed * static_cast<double>(total - done) / static_cast<double>(done));
  }
  return text;
}

Progress::Progress(std::FILE* stream)
    : stream_(stream), terminal_(isatty(fileno(stream)) != 0), start_(Clock::now()), last_(start_) {}

void Progress::update(std::string_view what, std::uint64_t done, std::uint64_t total) {
  const auto now = Clock::now();
  if (what != what_) {
    what_ = what;
    start_ = now;
  }
  if (terminal_ ? now - last_ < kRedraw : now - last_ < kLogLine) return;
  last_ = now;
  const std::string text = progress_text(what, done, total, std::chrono::duration<double>(now - start_).count());
  put(terminal_ ? kEraseLine + text : text + "\n");
  drawn_ = terminal_;
}

// A stream that takes nothing is no reason to end a run.
void Progress::put(const std::string& text) {
  std::fwrite(text.data(), 1, text.size(), stream_);
  std::fflush(stream_);
}

void Progress::clear() {
  if (!drawn_) return;
  put(kEraseLine);
  drawn_ = false;
}

}  // namespace tessera::app
