// What a signal would leave half done: paths that the program removes when it is told to stop.
//
// A signal may end the program at any instruction, so all of this is plain memory: a table of paths of fixed size, and
// one line that says what became of the output. Programs that install no handler of signals lose nothing by it.
#pragma once

#include <csignal>
#include <filesystem>
#include <string_view>

namespace tessera::base {

// While it lives, its file or empty folder is removed by remove_unfinished().
class Unfinished {
 public:
  Unfinished() = default;
  explicit Unfinished(const std::filesystem::path& path);
  ~Unfinished() { done(); }
  Unfinished(Unfinished&& other) noexcept : slot_(other.slot_) { other.slot_ = kNone; }
  Unfinished& operator=(Unfinished&& other) noexcept;

  void done();  // it is finished, or gone

 private:
  static constexpr int kNone = -1;
  int slot_ = kNone;
};

// Removes every path of the table, files before the folders that hold them. Allowed in a signal's handler.
void remove_unfinished() noexcept;

// What to tell who stops the program: "out/x holds no results". Cut to fit; of one thread.
void set_interruption_note(std::string_view note);
[[nodiscard]] const char* interruption_note() noexcept;  // allowed in a signal's handler

// A step that must not be cut in two: signals that end the program wait for the end of the scope. A thread that is
// begun in it never gets them.
class WholeStep {
 public:
  WholeStep();
  ~WholeStep();
  WholeStep(const WholeStep&) = delete;
  WholeStep& operator=(const WholeStep&) = delete;

 private:
  sigset_t before_{};
};

}  // namespace tessera::base
