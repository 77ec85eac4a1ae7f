// A vector whose places are given back and used again: indices stay small, and nothing is allocated for long.
#pragma once

#include <cstdint>
#include <vector>

namespace tessera::base {

// The index under which `value` is kept: one that was given back, or a new one.
template <class T>
std::uint32_t keep(std::vector<T>& all, std::vector<std::uint32_t>& given_back, const T& value) {
  if (given_back.empty()) {
    all.push_back(value);
    return static_cast<std::uint32_t>(all.size() - 1);
  }
  const std::uint32_t index = given_back.back();
  given_back.pop_back();
  all[index] = value;
  return index;
}

}  // namespace tessera::base
