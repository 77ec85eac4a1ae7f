#include "base/config/parameter.h"

#include <fmt/format.h>

#include <algorithm>

#include "base/config/map_reader.h"

namespace tessera::base {
namespace {

using Infos = std::vector<const ParameterInfo*>;

// Is `path` the parameter or section `whole` itself, or inside the section `whole`?
bool is_inside(std::string_view path, std::string_view whole) {
  return path.size() > whole.size() && path.substr(0, whole.size()) == whole && path[whole.size()] == '.';
}

std::string join(std::string_view section, std::string_view key) {
  return section.empty() ? std::string(key) : fmt::format("{}.{}", section, key);
}

class Walk {
 public:
  Walk(const Infos& parameters, const std::function<void(std::size_t, const Node&)>& visit, Diagnostics& problems)
      : parameters_(parameters), visit_(visit), problems_(problems), seen_(parameters.size()) {}

  void section(const Node& map, const std::string& path) {
    if (!map.is_map()) {
      problems_.add(map.problem(fmt::format("{} must be a map of keys and values, not {}",
                                            path.empty() ? "the file" : path, map.describe())));
      mark_seen(path);
      return;
    }
    UnknownKeys unknown(problems_);
    for (const Entry& entry : map.entries) entry_of(entry, path, unknown);
  }

  void report_missing(const Node& root) {
    for (std::size_t i = 0; i < parameters_.size(); ++i) {
      const ParameterInfo& info = *parameters_[i];
      if (!info.required || seen_[i]) continue;
      const Node* map = &root;
      for (std::string_view rest = info.path;;) {
        const std::size_t dot = rest.find('.');
        const Node* next = dot == std::string_view::npos ? nullptr : map->find(rest.substr(0, dot));
        if (next == nullptr) break;
        map = next;
        rest.remove_prefix(dot + 1);
      }
      problems_.add(map->problem(fmt::format("missing {} ({}{}{})", info.path, info.kind,
                                             info.range.empty() ? "" : ", " + info.range,
                                             info.unit.empty() ? "" : "; units " + info.unit)));
    }
  }

 private:
  void entry_of(const Entry& entry, const std::string& section_path, UnknownKeys& unknown) {
    const std::string path = join(section_path, entry.name());
    for (std::size_t i = 0; i < parameters_.size(); ++i) {
      if (parameters_[i]->path != path) continue;
      seen_[i] = true;
      visit_(i, entry.value);
      return;
    }
    const bool is_section = std::any_of(parameters_.begin(), parameters_.end(),
                                        [&](const ParameterInfo* p) { return is_inside(p->path, path); });
    if (is_section && entry.name().find('.') == std::string::npos) {
      if (!entry.value.is_null()) section(entry.value, path);  // an empty section sets nothing
      return;
    }
    unknown.report(entry.key, [&] { return unknown_in(entry, section_path); });
  }

  [[nodiscard]] Diagnostic unknown_in(const Entry& entry, const std::string& section_path) const {
    Diagnostic problem = unknown_key(entry.key, section_path, keys_of(section_path));
    if (problem.message.find("did you mean") == std::string::npos) {
      if (const std::string home = home_of(entry.name()); !home.empty()) {
        problem.message =
            problem.message.substr(0, problem.message.find(';')) + fmt::format("; it belongs in {}", home);
      }
    }
    return problem;
  }

  std::vector<std::string> keys_of(const std::string& section_path) const {
    std::vector<std::string> keys;
    for (const ParameterInfo* p : parameters_) {
      if (!section_path.empty() && !is_inside(p->path, section_path)) continue;
      const std::string rest = p->path.substr(section_path.empty() ? 0 : section_path.size() + 1);
      std::string key = rest.substr(0, rest.find('.'));
      if (keys.empty() || std::find(keys.begin(), keys.end(), key) == keys.end()) keys.push_back(std::move(key));
    }
    return keys;
  }

  // The section that alone has a parameter or section of this name; none where it is also the name of a section or of
  // a parameter outside all sections, which says something else.
  std::string home_of(const std::string& name) const {
    std::string home;
    for (const ParameterInfo* p : parameters_) {
      const std::size_t at = ("." + p->path + ".").find("." + name + ".");
      if (at == std::string::npos) continue;
      if (at == 0) return {};
      const std::string section_path = p->path.substr(0, at - 1);
      if (!home.empty() && home != section_path) return {};
      home = section_path;
    }
    return home;
  }

  void mark_seen(const std::string& section_path) {
    for (std::size_t i = 0; i < parameters_.size(); ++i) {
      if (section_path.empty() || is_inside(parameters_[i]->path, section_path)) seen_[i] = true;
    }
  }

  const Infos& parameters_;
  const std::function<void(std::size_t, const Node&)>& visit_;
  Diagnostics& problems_;
  std::vector<bool> seen_;
};

}  // namespace

void match_parameters(const Node& root, const Infos& parameters,
                      const std::function<void(std::size_t, const Node&)>& visit, Diagnostics& problems) {
  Walk walk(parameters, visit, problems);
  walk.section(root, "");
  walk.report_missing(root);
}

void put(Node& root, std::string_view path, Node value) {
  root.kind = Node::Kind::map;
  const std::size_t dot = path.find('.');
  const std::string_view key = path.substr(0, dot);
  auto at = std::find_if(root.entries.begin(), root.entries.end(), [&](const Entry& e) { return e.name() == key; });
  if (at == root.entries.end()) {
    root.entries.push_back({Node::make_scalar(std::string(key)), {}});
    at = std::prev(root.entries.end());
  }
  if (dot == std::string_view::npos) {
    at->value = std::move(value);
  } else {
    put(at->value, path.substr(dot + 1), std::move(value));
  }
}

}  // namespace tessera::base
