// The calls of a plug-in's functions: what it is doing, for messages, and what becomes of a call that never returns or
// that kills the program.
//
// None of this can undo what foreign code does to the process; it makes sure that the right one is named. While a call
// is under way:
//   - a call that lasts longer than the limit ends the program (a thread of its own watches, in sixteen steps of the
//     limit, so that a stopped program or one under a debugger is not taken for a slow policy);
//   - a signal that says that the calling thread has crashed (SIGSEGV, SIGBUS, SIGFPE, SIGILL, SIGABRT) and exit() end
//     the program too.
// In all these cases the files that are not whole are removed, stderr says which policy, in which call, at which cycle
// and tile, and the exit code is 1.
#pragma once

#include <atomic>
#include <condition_variable>
#include <cstdint>
#include <mutex>
#include <string>
#include <string_view>
#include <thread>

#include "base/clock.h"
#include "base/units.h"
#include "scheduler/policy/policy.h"

namespace tessera::scheduler {

// Text in memory of its own, so that a handler of signals can make one; what does not fit is cut.
class PlainText {
 public:
  PlainText& operator<<(std::string_view text);
  PlainText& operator<<(std::int64_t number);
  [[nodiscard]] std::string_view view() const { return {text_, size_}; }

 private:
  char text_[512];
  std::size_t size_ = 0;
};

class PolicyCall {
 public:
  // `limit`: wall time of one call. `interrupt`: makes the call that is under way fail with that text, if it can; of
  // any thread. A call that goes on all the same is ended with the program, half a second and an eighth of the limit
  // later.
  using Interrupt = void (*)(const char* why);
  PolicyCall(std::string_view policy, base::Ps limit, Interrupt interrupt = nullptr);
  ~PolicyCall();
  PolicyCall(const PolicyCall&) = delete;
  PolicyCall& operator=(const PolicyCall&) = delete;

  // While it lives the calling thread is in the plug-in's `function`.
  class Scope {
   public:
    Scope(PolicyCall& call, const char* function, const View* view, TileId tile = kNoId);
    ~Scope();
    Scope(const Scope&) = delete;
    Scope& operator=(const Scope&) = delete;

   private:
    PolicyCall& call_;
    const PolicyCall* outer_;
  };

  // "in on_tile_ready of tile 5 at cycle 120" or "in decide at cycle 120, where tile 5 is ready"; of the last call.
  void describe(PlainText&) const;
  // Ends the program; allowed in a handler of signals.
  [[noreturn]] void end_program(std::string_view what) const noexcept;
  [[nodiscard]] std::string_view policy() const { return policy_; }

 private:
  void watch(base::Ps limit);

  std::string policy_;
  Interrupt interrupt_;
  const char* function_ = "load";
  const View* view_ = nullptr;
  TileId tile_ = kNoId;
  std::atomic<std::uint64_t> count_{0};  // odd: a call is under way

  std::mutex mutex_;
  std::condition_variable wake_;
  bool over_ = false;
  std::thread watchdog_;
};

// What whoever runs many policies wants to add to the message of a program that ends: how to do it again. Of one
// thread; cut to fit.
void set_policy_note(std::string_view note);

}  // namespace tessera::scheduler
