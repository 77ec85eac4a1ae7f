#include "sim/app/output.h"

#include <fcntl.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <charconv>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <system_error>

#include "base/escape.h"
#include "sim/app/command.h"

namespace tessera::app {
namespace {

int output_error = 0;  // errno of the first write to stdout that failed

void note_output(int error) {
  if (output_error == 0) output_error = error != 0 ? error : EIO;
}

}  // namespace

// Opened the wrong way round: reading from it and writing to it fail as they would on the closed descriptor. Nobody
// minds that of stderr.
void open_standard_streams() {
  for (const auto& [descriptor, mode] :
       {std::pair{STDIN_FILENO, O_WRONLY}, std::pair{STDOUT_FILENO, O_RDONLY}, std::pair{STDERR_FILENO, O_RDWR}}) {
    if (::fcntl(descriptor, F_GETFD) == -1 && errno == EBADF && ::open("/dev/null", mode) != descriptor)
      ::_exit(kFailed);
  }
}

void say(std::string_view line) {
  const std::string text = base::screen_lines(line) + '\n';
  std::fwrite(text.data(), 1, text.size(), stderr);
}

std::size_t screen_width() {
  constexpr std::size_t kUnknown = 80, kNarrowest = 40;  // below that, words do not fit
  std::size_t width = 0;
  winsize size{};
  if (::isatty(STDOUT_FILENO) != 0 && ::ioctl(STDOUT_FILENO, TIOCGWINSZ, &size) == 0) width = size.ws_col;
  if (const char* columns = std::getenv("COLUMNS"); width == 0 && columns != nullptr)
    std::from_chars(columns, columns + std::strlen(columns), width);
  return width == 0 ? kUnknown : std::max(width, kNarrowest);
}

void flush_output() {
  if (std::fflush(stdout) != 0) note_output(errno);
}

bool is_output_failure(const std::exception& e) {
  const auto* failure = dynamic_cast<const std::system_error*>(&e);
  if (failure == nullptr || std::ferror(stdout) == 0) return false;
  note_output(failure->code().value());
  return true;
}

int end_output(int code) {
  flush_output();
  if (std::ferror(stdout) != 0) note_output(0);
  if (output_error == 0) return code;
  // Who closes a pipe has read enough, and knows.
  if (output_error != EPIPE) say("tessera: standard output: cannot write: {}", std::strerror(output_error));
  return code == kDone ? kFailed : code;
}

}  // namespace tessera::app
