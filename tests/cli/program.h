// Runs the tessera program as a user would: arguments in, stdout, stderr and exit code out.
#pragma once

#include <fcntl.h>
#include <sys/wait.h>
#include <unistd.h>

#include <csignal>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <string>
#include <vector>

namespace tessera::tests {

struct Outcome {
  int code = -1;  // 128 + n: ended by signal n
  std::string out, err;
};

[[nodiscard]] inline std::string read_all(const std::filesystem::path& file) {
  std::ifstream in(file, std::ios::binary);
  return {std::istreambuf_iterator<char>(in), {}};
}

// A program that has been started. stdout and stderr go to files, so neither can block.
class Running {
 public:
  Running(std::vector<std::string> words, const std::filesystem::path& folder) {
    std::vector<char*> argv;
    for (std::string& word : words) argv.push_back(word.data());
    argv.push_back(nullptr);
    process_ = fork();
    if (process_ == 0) become(argv, folder);
  }
  ~Running() {
    std::filesystem::remove(out());
    std::filesystem::remove(err());
  }
  Running(const Running&) = delete;
  Running& operator=(const Running&) = delete;

  void signal(int number) const { kill(process_, number); }
  [[nodiscard]] Outcome wait() const {
    int status = 0;
    waitpid(process_, &status, 0);
    return {WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status), read_all(out()), read_all(err())};
  }

 private:
  [[noreturn]] void become(std::vector<char*>& argv, const std::filesystem::path& folder) {
    process_ = getpid();
    const auto redirect = [](const std::string& file, int to) {
      const int from = open(file.c_str(), O_CREAT | O_TRUNC | O_WRONLY, 0600);
      if (from < 0 || dup2(from, to) < 0) _exit(126);
    };
    redirect(out(), 1);
    redirect(err(), 2);
    if (chdir(folder.c_str()) != 0) _exit(126);
    execv(argv[0], argv.data());
    _exit(127);
  }
  [[nodiscard]] std::string stem() const {
    return (std::filesystem::temp_directory_path() / ("tessera_cli_" + std::to_string(process_))).string();
  }
  [[nodiscard]] std::string out() const { return stem() + ".out"; }
  [[nodiscard]] std::string err() const { return stem() + ".err"; }

  pid_t process_ = 0;
};

// TESSERA_PROGRAM is a compile definition of the test.
[[nodiscard]] inline std::vector<std::string> tessera_with(std::vector<std::string> arguments) {
  arguments.insert(arguments.begin(), TESSERA_PROGRAM);
  return arguments;
}

[[nodiscard]] inline Outcome run_tessera(const std::vector<std::string>& arguments,
                                         const std::filesystem::path& folder) {
  return Running(tessera_with(arguments), folder).wait();
}

// A line for the shell, in which $T is the program: for redirections.
[[nodiscard]] inline Outcome run_shell(const std::string& line, const std::filesystem::path& folder) {
  return Running({"/bin/sh", "-c", "T=" TESSERA_PROGRAM "; " + line}, folder).wait();
}

}  // namespace tessera::tests
