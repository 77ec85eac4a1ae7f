#include "trace/explain/documents.h"

#include <algorithm>

#include "base/json_document.h"
#include "trace/explain/choice.h"
#include "trace/explain/choice_words.h"
#include "trace/explain/instant.h"
#include "trace/explain/operator_waits.h"
#include "trace/explain/tile_steps.h"
#include "trace/explain/words.h"

namespace tessera::trace {

using base::JsonDocument;
using base::Ps;
using base::Value;

namespace {

Value known(Ps t) { return t < Ps{0} ? Value{} : base::value_of(t); }
Value known_id(std::uint64_t id) { return id == 0 ? Value{} : base::value_of(id); }
Value known_tile(std::uint32_t t) { return t == kNoTile ? Value{} : base::value_of(t); }

void put_head(JsonDocument& d, const Story& story, std::string_view file) {
  d.put("file", file);
  d.put("policy", story.facts().policy);
  d.put("score", story.facts().score);
  d.put("answers_recorded", story.has_answers());
  d.put("run_ended", story.clean());
  d.put("end_ps", story.end());
}

void put_answer(JsonDocument& d, const std::string& at, const Story& story, const Event& e) {
  const Record& r = e.record;
  d.put(at + "record", e.id);
  d.put(at + "at_ps", r.start);
  d.put(at + "answer", to_string(r.answer()));
  d.put(at + "tile", known_tile(r.tile));
  d.put(at + "core", r.tile == kNoTile ? Value{} : base::value_of(r.core()));
  d.put(at + "operand", r.operand() == Operand::none ? Value{} : base::value_of(to_string(r.operand())));
  d.put(at + "refusal", r.refusal() == 0 ? Value{} : base::value_of(kRefusalWords[r.refusal()]));
  d.put(at + "argument", r.argument());
  d.put(at + "text", answer_words(story, e));
}

void put_candidate(JsonDocument& d, const std::string& at, const Story& story, const WeighedChoice& w,
                   const Event& decision) {
  const Record& r = w.record->record;
  d.put(at + "tile", r.tile);
  d.put(at + "core", r.core());
  d.put(at + "taken", w.taken);
  d.put(at + "score", r.score());
  d.put(at + "refusal", r.refusal() == 0 ? Value{} : base::value_of(kRefusalWords[r.refusal()]));
  d.put(at + "input", to_string(r.input_state()));
  d.put(at + "weights", to_string(r.weight_state()));
  d.put(at + "missing_input_bytes", w.missing[0]);
  d.put(at + "missing_weight_bytes", w.missing[1]);
  d.put(at + "data_at_least_ps", w.data_in ? base::value_of(*w.data_in) : Value{});
  d.put(at + "unit_busy_ps", r.busy());
  d.put(at + "queued", r.queued());
  d.put(at + "free_output_slots", r.free_outputs());
  d.put(at + "decided_ps", w.decided == nullptr ? Value{} : base::value_of(w.decided->record.start));
  d.put(at + "decided_core", w.decided == nullptr ? Value{} : base::value_of(w.decided->record.core()));
  d.put(at + "text", words_of(story, w, decision));
}

void put_decision(JsonDocument& d, const std::string& at, const Story& story, const Event& decision) {
  const Record& r = decision.record;
  d.put(at + "record", decision.id);
  d.put(at + "scheduler", story.header().units[r.unit].path);
  d.put(at + "kind", to_string(r.name));
  if (r.name == Name::cap) {
    d.put(at + "channel", r.channel());
    d.put(at + "bytes_per_1000_cycles", r.rate());
  } else {
    d.put(at + "tile", r.tile);
    d.put(at + "core", r.core());
  }
  d.put(at + "start_ps", r.start);
  d.put(at + "end_ps", r.end);
  const Choice c = choice_of(story, decision);
  d.put(at + "weighed", c.answer == nullptr ? Value{} : base::value_of(c.answer->record.weighed()));
  d.put(at + "backlog_bytes", c.answer == nullptr ? Value{} : base::value_of(c.answer->record.backlog()));
  d.open_list(at + "candidates");
  for (const WeighedChoice& w : c.weighed) put_candidate(d, d.append(at + "candidates"), story, w, decision);
  d.open_list(at + "before");
  for (const Event* e : c.before) put_answer(d, d.append(at + "before"), story, *e);
}

void put_identity(JsonDocument& d, const Story& story, const TileLife& life) {
  const TileTable::Tile& row = story.tile(life.tile);
  constexpr std::string_view kKinds[] = {"pe", "vector", "movement", "host"};
  d.put("tile", life.tile);
  d.put("operator", row.op);
  d.put("name", story.table().operators[row.op].name);
  d.put("type", story.table().operators[row.op].type);
  d.put("request", row.request);
  d.put("group", row.group);
  d.put("slice", row.slice);
  d.put("slices", story.last_of_group(life.tile) - story.first_of_group(life.tile) + 1);
  d.put("kind", kKinds[static_cast<std::size_t>(row.kind)]);
  d.put("core", life.core == UnitInfo::kNoCore ? Value{} : base::value_of(life.core));
  d.put("preferred_core", row.core == TileTable::kAnyCore ? Value{} : base::value_of(row.core));
  const auto& steps = story.path().steps;
  d.put("on_critical_path", std::any_of(steps.begin(), steps.end(),
                                        [&life](const PathStep& s) { return s.tile == life.tile && s.end > s.begin; }));
}

}  // namespace

std::string tile_json(const Story& story, std::string_view file, std::uint32_t tile) {
  const TileLife life = life_of(story, tile);
  JsonDocument d("tessera.explain_tile/1");
  put_head(d, story, file);
  put_identity(d, story, life);
  d.put("ready_ps", known(life.ready));
  d.put("decided_ps", life.decision == nullptr ? Value{} : base::value_of(life.decision->record.start));
  d.put("dispatched_ps", life.decision == nullptr ? Value{} : base::value_of(life.decision->record.end));
  d.put("start_ps", known(life.start()));
  d.put("end_ps_of_task", life.task == nullptr ? Value{} : base::value_of(life.task->record.end));
  d.put("stored_ps", known(life.stored()));
  d.put_list("waits_for_tiles", std::vector<std::int64_t>(life.open.begin(), life.open.end()));
  d.open_list("steps");
  for (const TileStep& s : steps_of(story, life)) {
    const std::string at = d.append("steps");
    d.put(at + "at_ps", s.at);
    d.put(at + "what", s.what);
    d.put(at + "waited_ps", s.waited);
    d.put(at + "record", known_id(s.record));
    d.put(at + "cause", known_id(s.cause));
    d.put(at + "link", to_string(s.link));
    d.put(at + "text", s.text);
  }
  d.open_list("stalls");
  for (const auto* list : {&life.waits, &life.held}) {
    for (const Event* e : *list) {
      const std::string at = d.append("stalls");
      d.put(at + "unit", story.header().units[e->record.unit].path);
      d.put(at + "reason", to_string(e->record.reason()));
      d.put(at + "start_ps", e->record.start);
      d.put(at + "end_ps", e->record.end);
    }
  }
  if (life.decision != nullptr) put_decision(d, "decision.", story, *life.decision);
  d.open_list("refused");
  for (const Event* e : life.refused) put_answer(d, d.append("refused"), story, *e);
  return d.text();
}

std::string operator_json(const Story& story, std::string_view file, const std::vector<std::uint32_t>& ops) {
  JsonDocument d("tessera.explain_operator/1");
  put_head(d, story, file);
  d.open_list("operators");
  for (const std::uint32_t op : ops) {
    const OperatorWaits w = waits_of(story, op, story.table().tiles.size());
    const std::string at = d.append("operators");
    d.put(at + "operator", op);
    d.put(at + "name", story.table().operators[op].name);
    d.put(at + "type", story.table().operators[op].type);
    d.put(at + "tiles", w.tiles);
    d.put(at + "ran", w.dispatched);
    d.put(at + "first_ps", known(w.first));
    d.put(at + "last_ps", known(w.last));
    d.put(at + "first_tile", known_tile(w.first_tile));
    d.put(at + "last_tile", known_tile(w.last_tile));
    d.put(at + "ready_to_decision_ps", w.to_decision);
    d.put(at + "decision_to_start_ps", w.to_start);
    d.put(at + "work_ps", w.work);
    d.put(at + "work_to_stored_ps", w.to_stored);
    for (const ReasonSpec& r : kReasons)
      if (r.reason != Reason::none)
        d.put(at + "stall_ps." + std::string(r.word), w.stalls[static_cast<std::size_t>(r.reason)]);
    d.put_list(at + "tiles_by_core", std::vector<std::int64_t>(w.by_core.begin(), w.by_core.end()));
    d.put(at + "longest_wait_tile", known_tile(w.longest));
    d.put(at + "longest_wait_ps", w.longest_wait);
    d.put(at + "median_wait_ps", w.middle_wait);
    d.open_list(at + "unusual");
    for (const Unusual& u : w.unusual) {
      const std::string one = d.append(at + "unusual");
      d.put(one + "tile", u.tile);
      d.put(one + "at_ps", u.at);
      d.put(one + "text", u.text);
    }
  }
  return d.text();
}

std::string instant_json(const Story& story, std::string_view file, Ps at_time) {
  const Instant now = instant_of(story, at_time);
  JsonDocument d("tessera.explain_at/1");
  put_head(d, story, file);
  d.put("at_ps", at_time);
  d.put("cycle", story.clock().elapsed(at_time));
  d.put("tiles_started", now.tiles_started);
  d.put("tiles_done", now.tiles_done);
  d.open_list("units");
  for (const UnitAt& u : now.units) {
    const std::string at = d.append("units");
    d.put(at + "unit", story.header().units[u.unit].path);
    d.put(at + "text", u.text);
    d.open_list(at + "doing");
    for (const Event* e : u.doing) {
      const std::string one = d.append(at + "doing");
      d.put(one + "record", e->id);
      d.put(one + "name", to_string(e->record.name));
      d.put(one + "tile", known_tile(e->record.tile));
      d.put(one + "start_ps", e->record.start);
      d.put(one + "end_ps", e->record.end);
      if (e->record.name == Name::stall) d.put(one + "reason", to_string(e->record.reason()));
    }
  }
  if (now.nearest != nullptr) put_decision(d, "nearest_decision.", story, *now.nearest);
  return d.text();
}

}  // namespace tessera::trace
