#include "base/file/unfinished.h"

#include <pthread.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <atomic>
#include <climits>
#include <cstring>

namespace tessera::base {
namespace {

enum State : int { kFree, kFilling, kUsed };

struct Slot {
  std::atomic<int> state{kFree};
  char path[PATH_MAX] = {};
};

// A run has its partial files, their folder, the lock and the folder of results: about ten.
std::array<Slot, 64> slots;
static_assert(std::atomic<int>::is_always_lock_free);

// The note that is shown is never the one that is written.
std::array<std::array<char, 512>, 2> notes;
std::atomic<int> shown_note{0};

}  // namespace

Unfinished::Unfinished(const std::filesystem::path& path) {
  const std::string& text = path.native();
  if (text.size() >= PATH_MAX) return;  // no call takes such a path
  for (std::size_t i = 0; i < slots.size(); ++i) {
    int free = kFree;
    if (!slots[i].state.compare_exchange_strong(free, kFilling)) continue;
    std::memcpy(slots[i].path, text.c_str(), text.size() + 1);
    slots[i].state = kUsed;
    slot_ = static_cast<int>(i);
    return;
  }
}

Unfinished& Unfinished::operator=(Unfinished&& other) noexcept {
  std::swap(slot_, other.slot_);
  return *this;
}

void Unfinished::done() {
  if (slot_ != kNone) slots[static_cast<std::size_t>(slot_)].state = kFree;
  slot_ = kNone;
}

void remove_unfinished() noexcept {
  constexpr int kNested = 3;  // a folder goes once what it holds is gone
  for (int round = 0; round < kNested; ++round) {
    for (const Slot& slot : slots) {
      if (slot.state == kUsed && ::unlink(slot.path) != 0) ::rmdir(slot.path);
    }
  }
}

void set_interruption_note(std::string_view note) {
  const int hidden = 1 - shown_note;
  auto& text = notes[static_cast<std::size_t>(hidden)];
  const std::size_t size = std::min(note.size(), text.size() - 1);
  std::copy_n(note.begin(), size, text.begin());
  text[size] = '\0';
  shown_note = hidden;
}

const char* interruption_note() noexcept { return notes[static_cast<std::size_t>(shown_note.load())].data(); }

WholeStep::WholeStep() {
  sigset_t held;
  sigemptyset(&held);
  for (const int signal : {SIGINT, SIGTERM, SIGHUP}) sigaddset(&held, signal);
  pthread_sigmask(SIG_BLOCK, &held, &before_);
}

WholeStep::~WholeStep() { pthread_sigmask(SIG_SETMASK, &before_, nullptr); }

}  // namespace tessera::base
