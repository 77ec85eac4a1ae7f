#include "scheduler/program/yaml_message.h"

#include <fmt/format.h>
#include <google/protobuf/descriptor.h>
#include <google/protobuf/message.h>

#include <limits>
#include <vector>

#include "base/config/map_reader.h"
#include "base/config/values.h"
#include "base/escape.h"

namespace tessera::scheduler {
namespace {

using base::Diagnostics;
using base::Node;
using base::Range;
using google::protobuf::FieldDescriptor;
using google::protobuf::Message;
using google::protobuf::Reflection;

class Filler {
 public:
  Filler(Message& message, Diagnostics& problems)
      : message_(message), reflection_(*message.GetReflection()), problems_(problems) {}

  void fill(const Node& map, const std::string& path) {
    if (!map.is_map()) {
      problems_.add(
          map.problem(fmt::format("{} must be a map, not {}", path.empty() ? "a program" : path, map.describe())));
      return;
    }
    base::UnknownKeys unknown(problems_);
    for (const base::Entry& entry : map.entries) {
      const FieldDescriptor* field = message_.GetDescriptor()->FindFieldByName(entry.name());
      const std::string name = path.empty() ? entry.name() : path + '.' + entry.name();
      if (field == nullptr) unknown.report(entry.key, [&] { return base::unknown_key(entry.key, path, known()); });
      else if (field->is_repeated()) read_list(*field, entry.value, name);
      else read_value(*field, entry.value, name);
    }
  }

 private:
  [[nodiscard]] std::vector<std::string> known() const {
    std::vector<std::string> names;
    for (int i = 0; i < message_.GetDescriptor()->field_count(); ++i)
      names.push_back(message_.GetDescriptor()->field(i)->name());
    return names;
  }
  void read_list(const FieldDescriptor& field, const Node& node, const std::string& name) {
    if (!node.is_list()) {
      problems_.add(node.problem(fmt::format("{} must be a list, not {}", name, node.describe())));
      return;
    }
    for (std::size_t i = 0; i < node.items.size(); ++i)
      read_value(field, node.items[i], fmt::format("{}[{}]", name, i));
  }
  // Sets a field, or adds to a repeated one.
  void read_value(const FieldDescriptor& f, const Node& node, const std::string& name) {
    const auto put = [&](auto set, auto add, auto value) {
      f.is_repeated() ? (reflection_.*add)(&message_, &f, value) : (reflection_.*set)(&message_, &f, value);
    };
    using Type = FieldDescriptor::CppType;
    switch (f.cpp_type()) {
      case Type::CPPTYPE_MESSAGE:
        return read_message(
            node, name,
            *(f.is_repeated() ? reflection_.AddMessage(&message_, &f) : reflection_.MutableMessage(&message_, &f)),
            problems_);
      case Type::CPPTYPE_UINT32:
        if (const auto n =
                base::read_integer(node, name, Range::between(0, std::numeric_limits<std::uint32_t>::max()), problems_))
          put(&Reflection::SetUInt32, &Reflection::AddUInt32, static_cast<std::uint32_t>(*n));
        return;
      case Type::CPPTYPE_INT64:
        if (const auto n = base::read_integer(node, name, {}, problems_))
          put(&Reflection::SetInt64, &Reflection::AddInt64, *n);
        return;
      case Type::CPPTYPE_BOOL:
        if (const auto b = base::read_flag(node, name, problems_)) put(&Reflection::SetBool, &Reflection::AddBool, *b);
        return;
      case Type::CPPTYPE_ENUM: return read_word(f, node, name);
      default:
        if (auto text = base::read_text(node, name, problems_))
          put(&Reflection::SetString, &Reflection::AddString, std::move(*text));
    }
  }
  void read_word(const FieldDescriptor& f, const Node& node, const std::string& name) {
    std::vector<std::string> words;
    for (int i = 0; i < f.enum_type()->value_count(); ++i) words.push_back(f.enum_type()->value(i)->name());
    const auto i = base::read_choice(node, name, words, problems_);
    if (!i) return;
    reflection_.SetEnumValue(&message_, &f, f.enum_type()->value(static_cast<int>(*i))->number());
  }

  Message& message_;
  const Reflection& reflection_;
  Diagnostics& problems_;
};

// One value in flow style.
std::string value_text(const Message& message, const FieldDescriptor& f, int index);

std::string flow_text(const Message& message) {
  std::vector<const FieldDescriptor*> fields;
  message.GetReflection()->ListFields(message, &fields);
  std::string text = "{";
  for (const FieldDescriptor* f : fields) {
    text += fmt::format("{}{}: ", text.size() > 1 ? ", " : "", f->name());
    if (!f->is_repeated()) {
      text += value_text(message, *f, -1);
      continue;
    }
    const int count = message.GetReflection()->FieldSize(message, f);
    for (int i = 0; i < count; ++i) text += (i == 0 ? "[" : ", ") + value_text(message, *f, i);
    text += "]";
  }
  return text + "}";
}

std::string value_text(const Message& message, const FieldDescriptor& f, int i) {
  const Reflection& r = *message.GetReflection();
  const auto get = [&](auto one, auto of_list) { return i < 0 ? (r.*one)(message, &f) : (r.*of_list)(message, &f, i); };
  using Type = FieldDescriptor::CppType;
  switch (f.cpp_type()) {
    case Type::CPPTYPE_MESSAGE:
      return flow_text(i < 0 ? r.GetMessage(message, &f) : r.GetRepeatedMessage(message, &f, i));
    case Type::CPPTYPE_UINT32: return std::to_string(get(&Reflection::GetUInt32, &Reflection::GetRepeatedUInt32));
    case Type::CPPTYPE_INT64: return std::to_string(get(&Reflection::GetInt64, &Reflection::GetRepeatedInt64));
    case Type::CPPTYPE_BOOL: return get(&Reflection::GetBool, &Reflection::GetRepeatedBool) ? "true" : "false";
    case Type::CPPTYPE_ENUM: return get(&Reflection::GetEnum, &Reflection::GetRepeatedEnum)->name();
    default: return base::json_text(get(&Reflection::GetString, &Reflection::GetRepeatedString));
  }
}

}  // namespace

void read_message(const Node& node, const std::string& path, Message& message, Diagnostics& problems) {
  Filler(message, problems).fill(node, path);
}

std::string write_message(const Message& message) {
  std::vector<const FieldDescriptor*> fields;
  message.GetReflection()->ListFields(message, &fields);
  std::string text;
  for (const FieldDescriptor* f : fields) {
    text += f->name() + ":";
    if (!f->is_repeated()) {
      text += " " + value_text(message, *f, -1) + "\n";
      continue;
    }
    text += "\n";
    const int count = message.GetReflection()->FieldSize(message, f);
    for (int i = 0; i < count; ++i) text += "  - " + value_text(message, *f, i) + "\n";
  }
  return text;
}

}  // namespace tessera::scheduler
