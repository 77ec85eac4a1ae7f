#include "scheduler/plugin/plugin_library.h"

#include <dlfcn.h>

#include <algorithm>
#include <cctype>
#include <cstring>
#include <limits>

#include "base/config/node.h"
#include "base/escape.h"
#include "scheduler/plugin/policy_call.h"

namespace tessera::scheduler {
namespace {

using std::to_string;

constexpr std::size_t kLongestName = 64, kMostOptions = 1000;
constexpr const char* kSymbol = "tessera_policy";

std::string shown(const char* text) { return base::screen_text(std::string(text).substr(0, 100)); }

bool is_word(const char* text) {
  const std::size_t length = ::strnlen(text, kLongestName + 1);
  return length > 0 && length <= kLongestName &&
         std::all_of(text, text + length, [](unsigned char c) { return std::isalnum(c) || std::strchr("_-.", c); });
}

// "/x/libmine.so: file too short": the path is said by whoever named it.
std::string why_not_loaded(const std::filesystem::path& file) {
  const char* error = ::dlerror();
  std::string text = error != nullptr ? base::screen_text(error) : "unknown cause";
  if (const std::string prefix = file.string() + ": "; text.starts_with(prefix)) text.erase(0, prefix.size());
  return text;
}

}  // namespace

base::Result<PluginLibrary> PluginLibrary::open(const std::filesystem::path& file, base::Ps time_limit) {
  const auto fail = [&](const std::string& what) { return base::failure({file.string(), 0, 0}, what); };
  if (const auto missing = base::why_missing(file)) return fail(*missing);
  std::error_code error;
  if (!std::filesystem::is_regular_file(file, error)) return fail("is no file");
  if (is_python(file)) return open_hosted(file, time_limit);
  const auto path = std::filesystem::absolute(file, error);
  PolicyCall call(file.string(), time_limit);
  const PolicyCall::Scope scope(call, "its loading", nullptr);
  void* library = ::dlopen(path.c_str(), RTLD_NOW | RTLD_LOCAL);
  if (library == nullptr) return fail("cannot be loaded as a shared library: " + why_not_loaded(path));
  void* symbol = ::dlsym(library, kSymbol);
  if (symbol == nullptr)
    return fail(std::string("does not export ") + kSymbol +
                "(): it is no policy, or lacks TESSERA_POLICY(...) (docs/policies.md)");
  PluginLibrary made;
  std::string wrong;
  try {
    const auto entry = reinterpret_cast<const tessera_policy_plugin* (*)(std::uint32_t, std::uint32_t)>(symbol);
    wrong = made.take(entry(TESSERA_POLICY_ABI_MAJOR, TESSERA_POLICY_ABI_MINOR));
  } catch (...) {
    wrong = std::string(kSymbol) + "() threw an exception";
  }
  if (!wrong.empty()) return fail(wrong);
  return made;
}

base::Result<PluginLibrary> PluginLibrary::open_hosted(const std::filesystem::path& file, base::Ps time_limit) {
  const auto host = python_host();
  if (!host) return base::failure({file.string(), 0, 0}, host.problems().list().front().message);
  std::error_code error;
  const auto path = std::filesystem::absolute(file, error).lexically_normal();
  PluginLibrary made;
  made.host_ = *host;
  char text[1024] = "";
  tessera_text why{text, sizeof(text)};
  std::uint32_t line = 0, column = 0;
  PolicyCall call(file.string(), time_limit, made.host_->interrupt);
  std::int32_t code = 0;
  {
    const PolicyCall::Scope scope(call, "its loading", nullptr);
    code = made.host_->open(path.c_str(), &made.hosted_, &line, &column, &why);
  }
  std::string wrong = code == 0 ? made.take(made.hosted_) : base::screen_text(text);
  if (wrong.empty()) return made;
  return base::failure({file.string(), static_cast<int>(line), static_cast<int>(column)}, std::move(wrong));
}

std::int32_t PluginLibrary::create(tessera_array options, void** policy, tessera_text* error) const {
  return host_ != nullptr ? host_->create(hosted_, options, policy, error) : table_.create(options, policy, error);
}

std::string PluginLibrary::take(const tessera_policy_plugin* table) {
  if (table == nullptr) return std::string(kSymbol) + "() returned no table";
  // What every version has had: size and version, then the name.
  if (table->size < offsetof(tessera_policy_plugin, name))
    return "its table says that it has " + to_string(table->size) + " bytes, less than any version of tessera_policy.h";
  if (table->abi_major != TESSERA_POLICY_ABI_MAJOR)
    return "was built for version " + to_string(table->abi_major) + "." + to_string(table->abi_minor) +
           " of tessera_policy.h, and this program has " + to_string(TESSERA_POLICY_ABI_MAJOR) + "." +
           to_string(TESSERA_POLICY_ABI_MINOR) + ": build it again with this program's header";
  if (table->size < offsetof(tessera_policy_plugin, on_arrival))
    return "its table of " + to_string(table->size) + " bytes has no decide()";
  std::memcpy(&table_, table, std::min<std::size_t>(table->size, sizeof(table_)));
  if (table_.name == nullptr) return "its table has no name";
  if (!is_word(table_.name))
    return "its name \"" + shown(table_.name) + "\" is not 1 to " + to_string(kLongestName) +
           " letters, digits, \"_\", \"-\" or \".\"";
  name_ = table_.name;
  if (table_.create == nullptr && host_ == nullptr) return "its table has no create()";
  if (table_.decide == nullptr) return "its table has no decide()";
  return take_options(table_.options);
}

std::string PluginLibrary::take_options(const tessera_array& declared) {
  if (declared.count == 0) return "";
  if (declared.data == nullptr || declared.stride < sizeof(tessera_option) || declared.count > kMostOptions)
    return "its table of options is broken: " + to_string(declared.count) + " of " + to_string(declared.stride) +
           " bytes each";
  const char* at = static_cast<const char*>(declared.data);
  for (std::uint64_t i = 0; i < declared.count; ++i, at += declared.stride) {
    const auto& o = *reinterpret_cast<const tessera_option*>(at);
    if (o.key == nullptr || !is_word(o.key)) return "option " + to_string(i) + " has no key of letters and digits";
    const std::string what = std::string("option \"") + o.key + "\" ";
    for (const PluginOption& other : options_)
      if (other.key == o.key) return what + "is declared twice";
    PluginOption option{o.key,
                        o.text != nullptr ? o.text : "",
                        PluginOption::Kind::integer,
                        o.integer,
                        o.low,
                        o.high,
                        o.low_number,
                        o.high_number};
    switch (o.kind) {
      case TESSERA_INTEGER:
        if (o.integer < o.low || o.integer > o.high) return what + "has a default out of its range";
        break;
      case TESSERA_NUMBER:
        if (!(o.number >= o.low_number && o.number <= o.high_number)) return what + "has a default out of its range";
        option.kind = PluginOption::Kind::number, option.fallback = o.number;
        break;
      case TESSERA_FLAG: option.kind = PluginOption::Kind::flag, option.fallback = o.integer != 0; break;
      case TESSERA_STRING:
        option.kind = PluginOption::Kind::string;
        option.fallback = std::string(o.string != nullptr ? o.string : "");
        break;
      default: return what + "is of unknown kind " + to_string(o.kind);
    }
    options_.push_back(std::move(option));
  }
  return "";
}

}  // namespace tessera::scheduler
