// The field of a Spec behind a parameter, with its type forgotten, so that what reads and writes parameters is compiled
// once and not once for every field.
#pragma once

#include <cstdint>
#include <functional>
#include <type_traits>
#include <utility>

#include "base/clock.h"
#include "base/units.h"

// The field of a Spec, for reading and for writing.
#define TESSERA_FIELD(field) \
  [](auto& spec_) -> auto& { return spec_.field; }

namespace tessera::base {

// How a field holds a whole number: integers, enumerators, flags as they are, and the types below.
template <class T>
struct FieldOf {
  static void assign(T& field, std::int64_t v) { field = static_cast<T>(v); }
  static std::int64_t value(const T& field) { return static_cast<std::int64_t>(field); }
};
template <class Tag>
struct FieldOf<Quantity<Tag>> {
  static void assign(Quantity<Tag>& field, std::int64_t v) { field = Quantity<Tag>{v}; }
  static std::int64_t value(const Quantity<Tag>& field) { return field.count(); }
};
template <>
struct FieldOf<Clock> {
  static void assign(Clock& field, std::int64_t hz) { field = Clock::from_hz(hz); }
  // Exact: a clock is made from whole hertz.
  static std::int64_t value(const Clock& field) {
    return static_cast<std::int64_t>(static_cast<__int128>(1'000'000'000'000) * field.period_den() /
                                     field.period_num());
  }
};

// FieldOf a type that only its address knows.
struct NumberAccess {
  void (*assign)(void* field, std::int64_t v);
  std::int64_t (*value)(const void* field);
};
template <class T>
inline constexpr NumberAccess kNumberAccess{
    [](void* field, std::int64_t v) { FieldOf<T>::assign(*static_cast<T*>(field), v); },
    [](const void* field) { return FieldOf<T>::value(*static_cast<const T*>(field)); }};

// Where the field lies in a Spec.
template <class Spec>
using FieldAddress = std::function<void*(Spec&)>;

template <class Spec, class Field>
using FieldType = std::remove_cvref_t<decltype(std::declval<Field>()(std::declval<Spec&>()))>;

template <class Spec, class Field>
FieldAddress<Spec> address_of(Field field) {
  if constexpr (std::is_empty_v<Field>) {
    return +[](Spec& s) -> void* { return &Field{}(s); };
  } else {
    return [field](Spec& s) -> void* { return &field(s); };
  }
}

}  // namespace tessera::base
