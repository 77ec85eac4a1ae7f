// Runs the tessera program as a user would: arguments in, stdout, stderr and exit code out.
#pragma once

#include <fcntl.h>
#include <sys/wait.h>
#include <unistd.h>

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

// TESSERA_PROGRAM is a compile definition of the test. stdout and stderr go to files, so neither can block.
[[nodiscard]] inline Outcome run_tessera(const std::vector<std::string>& arguments,
                                         const std::filesystem::path& folder) {
  const auto stem = std::filesystem::temp_directory_path() / ("tessera_cli_" + std::to_string(getpid()));
  const std::string out = stem.string() + ".out", err = stem.string() + ".err";
  std::vector<std::string> words{TESSERA_PROGRAM};
  words.insert(words.end(), arguments.begin(), arguments.end());
  std::vector<char*> argv;
  for (std::string& word : words) argv.push_back(word.data());
  argv.push_back(nullptr);
  const pid_t child = fork();
  if (child == 0) {
    const auto redirect = [](const std::string& file, int to) {
      const int from = open(file.c_str(), O_CREAT | O_TRUNC | O_WRONLY, 0600);
      if (from < 0 || dup2(from, to) < 0) _exit(126);
    };
    redirect(out, 1);
    redirect(err, 2);
    if (chdir(folder.c_str()) != 0) _exit(126);
    execv(argv[0], argv.data());
    _exit(127);
  }
  int status = 0;
  waitpid(child, &status, 0);
  Outcome outcome{WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status), read_all(out), read_all(err)};
  std::filesystem::remove(out);
  std::filesystem::remove(err);
  return outcome;
}

}  // namespace tessera::tests
