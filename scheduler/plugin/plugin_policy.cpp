#include "scheduler/plugin/plugin_policy.h"

#include <algorithm>
#include <cstring>

#include "base/escape.h"
#include "scheduler/policy/policy_fault.h"

namespace tessera::scheduler {
namespace {

constexpr std::size_t kErrorBytes = 1024, kMostCandidates = 64;

std::uint32_t kind_of(const OptionValue& value) {
  return std::holds_alternative<std::int64_t>(value) ? TESSERA_INTEGER
         : std::holds_alternative<double>(value)     ? TESSERA_NUMBER
         : std::holds_alternative<bool>(value)       ? TESSERA_FLAG
                                                     : TESSERA_STRING;
}

tessera_option_value plain(const std::string& key, const OptionValue& value, bool given) {
  tessera_option_value v{key.c_str(), kind_of(value), given ? 1u : 0u, 0, 0, ""};
  if (const auto* whole = std::get_if<std::int64_t>(&value)) v.integer = *whole, v.number = static_cast<double>(*whole);
  else if (const auto* number = std::get_if<double>(&value)) v.number = *number;
  else if (const auto* flag = std::get_if<bool>(&value)) v.integer = *flag ? 1 : 0;
  else v.string = std::get<std::string>(value).c_str();
  return v;
}

std::vector<tessera_option_value> values_of(const PluginLibrary& library, const OptionValues& given) {
  std::vector<tessera_option_value> values;
  for (const PluginOption& o : library.options()) {
    const auto said = given.find(o.key);
    values.push_back(plain(o.key, said != given.end() ? said->second : o.fallback, said != given.end()));
  }
  if (library.takes_any_option())
    for (const auto& [key, value] : given) values.push_back(plain(key, value, true));
  return values;
}

}  // namespace

PluginPolicy::PluginPolicy(const PluginLibrary& library, base::Ps time_limit)
    : name_(library.name()), table_(library.table()),
      call_(name_, time_limit, library.host() != nullptr ? library.host()->interrupt : nullptr) {
  view_.size = sizeof(view_);
  view_.graph = &tables_.graph(), view_.machine = &tables_.machine();
  view_.ask = &plugin_questions();
  view_.host = &asked_;
}

template <class Body>
void PluginPolicy::call(const char* function, const View* view, TileId tile, const Body& body) const {
  char text[kErrorBytes];
  text[0] = '\0';
  tessera_text error{text, sizeof(text)};
  std::string wrong;
  asked_.view = view;
  if (view != nullptr) view_.now_ps = view->now().count();
  {
    const PolicyCall::Scope scope(call_, function, view, tile);
    try {
      if (const std::int32_t code = body(&error); code != 0) {
        text[kErrorBytes - 1] = '\0';
        wrong = text[0] != '\0' ? base::screen_text(text) : "it returned error " + std::to_string(code);
      }
    } catch (const std::exception& e) {
      wrong = std::string("an exception left it: ") + base::screen_text(e.what());
    } catch (...) {
      wrong = "an exception left it";
    }
  }
  asked_.view = nullptr;
  if (wrong.empty()) wrong = std::exchange(asked_.complaint, {});
  if (wrong.empty()) return;
  PlainText where;
  call_.describe(where);
  throw PolicyFault(std::string(where.view()) + ": " + wrong);
}

base::Result<std::unique_ptr<PluginPolicy>> PluginPolicy::create(const PluginLibrary& library,
                                                                 const OptionValues& given, base::Ps time_limit) {
  std::unique_ptr<PluginPolicy> made(new PluginPolicy(library, time_limit));
  const auto values = values_of(library, given);
  const tessera_array array{values.data(), values.size(), sizeof(tessera_option_value)};
  try {
    made->call("create", nullptr, kNoId,
               [&](tessera_text* error) { return library.create(array, &made->self_, error); });
  } catch (const PolicyFault& fault) {
    return base::failure("policy " + made->name_ + ": " + fault.what());
  }
  return made;
}

PluginPolicy::~PluginPolicy() {
  if (self_ == nullptr || table_.destroy == nullptr) return;
  try {
    call("destroy", nullptr, kNoId, [&](tessera_text*) { return table_.destroy(self_), 0; });
  } catch (const PolicyFault&) {  // the run is over, and its results do not depend on this
  }
}

void PluginPolicy::begin(const View& view) {
  tables_.make(view);
  last_view_ = &view;
  call("begin", &view, kNoId, [&](tessera_text* e) {
    const std::int32_t code = table_.begin != nullptr ? table_.begin(self_, &view_, e) : 0;
    return code != 0 ? code : read_subscriptions(e);
  });
}

std::int32_t PluginPolicy::read_subscriptions(tessera_text* error) {
  events_ = 0;
  return table_.subscriptions != nullptr ? table_.subscriptions(self_, &events_, error) : 0;
}

Action PluginPolicy::decide(const View& view) {
  tessera_action answer = scheduler::plain(Wait{});
  call("decide", &view, kNoId, [&](tessera_text* e) {
    const std::int32_t code = table_.decide(self_, &view_, &answer, e);
    return code != 0 ? code : read_subscriptions(e);
  });
  weighed_read_ = table_.candidates == nullptr;
  weighed_.clear();
  Action action;
  if (const std::string wrong = read_action(answer, action); !wrong.empty()) {
    PlainText where;
    call_.describe(where);
    throw PolicyFault(std::string(where.view()) + ": it answered with " + wrong);
  }
  return action;
}

void PluginPolicy::on_arrival(const View& view, std::uint32_t request) {
  if (table_.on_arrival == nullptr) return;
  call("on_arrival", &view, kNoId, [&](tessera_text* e) { return table_.on_arrival(self_, &view_, request, e); });
}
void PluginPolicy::on_tile_ready(const View& view, TileId tile) {
  if (table_.on_tile_ready == nullptr) return;
  call("on_tile_ready", &view, tile, [&](tessera_text* e) { return table_.on_tile_ready(self_, &view_, tile, e); });
}
void PluginPolicy::on_transfer_done(const View& view, std::uint32_t core, std::uint8_t operand) {
  if (table_.on_transfer_done == nullptr) return;
  call("on_transfer_done", &view, kNoId,
       [&](tessera_text* e) { return table_.on_transfer_done(self_, &view_, core, operand, e); });
}
void PluginPolicy::on_slot_free(const View& view, std::uint32_t core, std::uint8_t operand) {
  if (table_.on_slot_free == nullptr) return;
  call("on_slot_free", &view, kNoId,
       [&](tessera_text* e) { return table_.on_slot_free(self_, &view_, core, operand, e); });
}
void PluginPolicy::on_tile_done(const View& view, TileId tile) {
  if (table_.on_tile_done == nullptr) return;
  call("on_tile_done", &view, tile, [&](tessera_text* e) { return table_.on_tile_done(self_, &view_, tile, e); });
}
void PluginPolicy::on_illegal(const View& view, const Action& action, Illegal why) {
  if (table_.on_illegal == nullptr) return;
  const tessera_action raw = scheduler::plain(action);
  call("on_illegal", &view, kNoId,
       [&](tessera_text* e) { return table_.on_illegal(self_, &view_, &raw, static_cast<std::uint32_t>(why), e); });
}

bool PluginPolicy::keep(const View& view, BlockId block, std::uint32_t uses_left) {
  if (table_.keep == nullptr) return uses_left > 0;
  std::uint32_t answer = 0;
  call("keep", &view, kNoId, [&](tessera_text* e) { return table_.keep(self_, &view_, block, uses_left, &answer, e); });
  return answer != 0;
}

// Asked for only where somebody wants to know.
std::span<const Candidate> PluginPolicy::candidates() const {
  if (!weighed_read_) read_candidates();
  return weighed_;
}

std::uint32_t PluginPolicy::weighed() const {
  const auto all = static_cast<std::uint32_t>(candidates().size());
  std::uint32_t count = all;
  if (table_.weighed != nullptr)
    call("weighed", last_view_, kNoId, [&](tessera_text* e) { return table_.weighed(self_, &count, e); });
  return std::max(all, count);
}

std::string_view PluginPolicy::score() const {
  if (table_.score == nullptr) return {};
  const char* words = nullptr;
  call("score", last_view_, kNoId, [&](tessera_text* e) { return table_.score(self_, &words, e); });
  if (words == nullptr) return {};
  score_ = base::screen_text(std::string_view(words, ::strnlen(words, 100)));
  return score_;
}

void PluginPolicy::read_candidates() const {
  weighed_read_ = true;
  tessera_array weighed{};
  call("candidates", last_view_, kNoId, [&](tessera_text* e) { return table_.candidates(self_, &weighed, e); });
  if (weighed.count == 0) return;
  PlainText where;
  call_.describe(where);
  if (weighed.data == nullptr || weighed.stride < sizeof(tessera_candidate))
    throw PolicyFault(std::string(where.view()) + ": its table is broken");
  const char* at = static_cast<const char*>(weighed.data);
  const auto& graph = last_view_->graph();
  for (std::uint64_t i = 0; i < weighed.count && i < kMostCandidates; ++i, at += weighed.stride) {
    const auto& c = *reinterpret_cast<const tessera_candidate*>(at);
    if (c.tile >= graph.tiles.size() || c.core >= static_cast<std::uint64_t>(last_view_->npu().cores))
      throw PolicyFault(std::string(where.view()) + ": it weighed tile " + std::to_string(c.tile) + " on core " +
                        std::to_string(c.core) + ", which do not exist");
    weighed_.push_back({c.tile, c.core, c.score});
  }
}

}  // namespace tessera::scheduler
