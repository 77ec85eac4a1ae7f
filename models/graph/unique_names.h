// Names that must differ, where a file does not see to it: what comes later under a name that is taken gets a number.
#pragma once

#include <cstddef>
#include <string>
#include <unordered_map>

namespace tessera::models {

class UniqueNames {
 public:
  // `name`, or `name'2`, `name'3` and so on where it is taken. In constant time on average, however often one name
  // comes.
  [[nodiscard]] std::string add(const std::string& name) {
    const auto [at, fresh] = taken_.try_emplace(name, 1);
    if (fresh) return name;
    std::size_t& last = at->second;  // stays where it is when the table grows
    std::string numbered;
    do numbered = name + "'" + std::to_string(++last);
    while (!taken_.try_emplace(numbered, 1).second);
    return numbered;
  }

 private:
  std::unordered_map<std::string, std::size_t> taken_;  // and the last number that was given to the name
};

}  // namespace tessera::models
