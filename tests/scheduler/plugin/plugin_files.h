// The environment by which tests tell a plug-in what to do.
#pragma once

#include <cstdlib>

namespace tessera::scheduler::testing {

// Set while it lives.
class Environment {
 public:
  Environment(const char* name, const char* value) : name_(name) { ::setenv(name, value, 1); }
  ~Environment() { ::unsetenv(name_); }
  Environment(const Environment&) = delete;
  Environment& operator=(const Environment&) = delete;

 private:
  const char* name_;
};

}  // namespace tessera::scheduler::testing
