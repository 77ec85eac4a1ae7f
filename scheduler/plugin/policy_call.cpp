#include "scheduler/plugin/policy_call.h"

#include <unistd.h>

#include <algorithm>
#include <chrono>
#include <csignal>
#include <cstdlib>
#include <cstring>

#include "base/file/unfinished.h"

namespace tessera::scheduler {
namespace {

constexpr int kFailed = 1;  // the exit code of a policy's error
constexpr int kSteps = 16;  // of the limit
// What an interrupted call gets to return, however short the limit: the machine may be busy.
constexpr std::chrono::milliseconds kGrace{500};

struct Crash {
  int signal;
  std::string_view name;
};
constexpr Crash kCrashes[] = {
    {SIGSEGV, "SIGSEGV"}, {SIGBUS, "SIGBUS"}, {SIGFPE, "SIGFPE"}, {SIGILL, "SIGILL"}, {SIGABRT, "SIGABRT"}};
constexpr int kSignals = sizeof(kCrashes) / sizeof(kCrashes[0]);

thread_local const PolicyCall* inside = nullptr;  // the call that this thread is in
struct sigaction before[kSignals];
char note[1024] = "";

void on_crash(int signal, siginfo_t* info, void*) {
  for (int i = 0; i < kSignals; ++i) {
    if (kCrashes[i].signal != signal) continue;
    if (inside != nullptr) {
      PlainText what;
      what << "it crashed (" << kCrashes[i].name << ")";
      inside->end_program(what.view());
    }
    // Not the policy's: whoever was there before gets it, at once or when the instruction is tried again.
    sigaction(signal, &before[i], nullptr);
    if (info == nullptr || info->si_code <= 0) ::raise(signal);
  }
}

void on_exit() {
  if (inside != nullptr) inside->end_program("it called exit()");
}

// A policy that recurses without end leaves no stack for the handler: the first thread gets one.
void install() {
  static char stack[64 * 1024];
  stack_t own{};
  own.ss_sp = stack;
  own.ss_size = sizeof(stack);
  stack_t there{};
  if (sigaltstack(nullptr, &there) == 0 && (there.ss_flags & SS_DISABLE) != 0) sigaltstack(&own, nullptr);
  struct sigaction act {};
  act.sa_sigaction = on_crash;
  act.sa_flags = SA_SIGINFO | SA_ONSTACK;
  sigemptyset(&act.sa_mask);
  for (int i = 0; i < kSignals; ++i) sigaction(kCrashes[i].signal, &act, &before[i]);
  std::atexit(on_exit);
  std::at_quick_exit(on_exit);
}

void put(std::string_view text) {
  if (::write(STDERR_FILENO, text.data(), text.size()) < 0) return;
}

}  // namespace

PlainText& PlainText::operator<<(std::string_view text) {
  const std::size_t n = std::min(text.size(), sizeof(text_) - size_);
  std::memcpy(text_ + size_, text.data(), n);
  size_ += n;
  return *this;
}

PlainText& PlainText::operator<<(std::int64_t number) {
  char digits[24];
  char* at = digits + sizeof(digits);
  auto rest = number < 0 ? -static_cast<std::uint64_t>(number) : static_cast<std::uint64_t>(number);
  do *--at = static_cast<char>('0' + rest % 10);
  while ((rest /= 10) != 0);
  if (number < 0) *--at = '-';
  return *this << std::string_view(at, static_cast<std::size_t>(digits + sizeof(digits) - at));
}

PolicyCall::PolicyCall(std::string_view policy, base::Ps limit, Interrupt interrupt)
    : policy_(policy), interrupt_(interrupt) {
  static const bool installed = (install(), true);
  static_cast<void>(installed);
  const base::WholeStep no_signals;  // they go to the program's own threads
  watchdog_ = std::thread([this, limit] { watch(limit); });
}

PolicyCall::~PolicyCall() {
  {
    const std::lock_guard lock(mutex_);
    over_ = true;
  }
  wake_.notify_one();
  watchdog_.join();
}

PolicyCall::Scope::Scope(PolicyCall& call, const char* function, const View* view, TileId tile)
    : call_(call), outer_(inside) {
  call.function_ = function;
  call.view_ = view;
  call.tile_ = tile;
  call.count_.store(call.count_.load(std::memory_order_relaxed) + 1, std::memory_order_release);
  inside = &call;
}

PolicyCall::Scope::~Scope() {
  inside = outer_;
  call_.count_.store(call_.count_.load(std::memory_order_relaxed) + 1, std::memory_order_release);
}

void PolicyCall::describe(PlainText& text) const {
  text << "in " << function_;
  if (view_ == nullptr) return;
  if (tile_ != kNoId) text << " of tile " << std::int64_t{tile_};
  text << " at cycle " << view_->npu().core_clock.elapsed(view_->now()).count();
  if (tile_ != kNoId) return;
  TileId ready = kNoId;
  for (std::size_t k = 0; k < kDispatchedKinds; ++k)
    ready = std::min(ready, view_->next_ready(static_cast<TileKind>(k), 0));
  if (ready != kNoId) text << ", where tile " << std::int64_t{ready} << " is ready";
  else text << ", where no tile is ready";
}

void PolicyCall::end_program(std::string_view what) const noexcept {
  inside = nullptr;
  base::remove_unfinished();
  PlainText text;
  text << (::isatty(STDERR_FILENO) != 0 ? "\r\033[K" : "");  // a progress bar may stand there
  text << "tessera: the run failed: policy " << policy_ << ": ";
  describe(text);
  text << ": " << what << "\n";
  put(text.view());
  const std::string_view files = base::interruption_note();
  for (const std::string_view line : {files, std::string_view(note)}) {
    if (line.empty()) continue;
    put(line);
    put("\n");
  }
  ::_exit(kFailed);
}

void PolicyCall::watch(base::Ps limit) {
  const auto step = std::chrono::microseconds(std::max<std::int64_t>(1, limit.count() / kSteps / 1'000'000));
  std::uint64_t last = 0;
  int steps = 0;
  std::unique_lock lock(mutex_);
  while (!wake_.wait_for(lock, step, [this] { return over_; })) {
    const std::uint64_t count = count_.load(std::memory_order_acquire);
    steps = count == last && count % 2 == 1 ? steps + 1 : 0;
    last = count;
    if (steps < kSteps) continue;
    PlainText what;
    what << "it has not answered for " << limit.count() / 1'000'000'000 << " ms (scheduler.time_limit)";
    if (interrupt_ == nullptr || steps > kSteps + 2 + kGrace / step) end_program(what.view());
    if (steps == kSteps) interrupt_(std::string(what.view()).c_str());
  }
}

void set_policy_note(std::string_view text) {
  const std::size_t n = std::min(text.size(), sizeof(note) - 1);
  std::memcpy(note, text.data(), n);
  note[n] = '\0';
}

}  // namespace tessera::scheduler
