// What the policy answered, against what the schedulers did.
#include "trace/analysis/check_state.h"

namespace tessera::trace {
namespace {

bool asks(AnswerKind kind) { return kind != AnswerKind::wait && kind != AnswerKind::wait_until; }

// What an answer that is carried out leaves a record of.
Name record_of(AnswerKind kind) {
  return kind == AnswerKind::prefetch     ? Name::prefetch
         : kind == AnswerKind::undispatch ? Name::undispatch
         : kind == AnswerKind::cap        ? Name::cap
                                          : Name::decision;
}

bool is_open(const AnswerSeen& a) { return a.id != 0 && a.legal && asks(a.kind) && !a.carried_out; }

// What an answer says by itself.
std::string contradiction(const Record& r) {
  const bool wait = !asks(r.answer()), cap = r.answer() == AnswerKind::cap;
  const std::string_view refusal = kRefusalWords[r.refusal()];
  if (!cap && r.channel() != 0) return "it names a channel";
  if ((wait || cap) && (r.tile != kNoTile || r.core() != 0 || r.operand() != Operand::none))
    return "it names a tile, a core or an operand, of which it says nothing";
  if (!wait && !cap && r.tile == kNoTile && refusal != "unknown_tile") return "it asks for no tile";
  if (wait && r.refusal() != 0 && refusal != "time_passed") return "a wait that was refused for something else";
  if (r.argument() != 0 && !cap && r.answer() != AnswerKind::wait_until && !refusal.starts_with("unknown_"))
    return "its argument says nothing";
  if (r.answer() == AnswerKind::wait_until && (r.refusal() == 0) != (r.argument() > r.end.count()))
    return "the time that it waits for is not judged rightly";
  return "";
}

void judge_asked(CheckState& s, const SpanView& v) {
  const Record& r = v.record;
  AnswerSeen& a = s.answers[r.unit];
  if (is_open(a)) s.wrong(Invariant::answers, v.id, r, "the answer before it was not carried out");
  if (const std::string why = contradiction(r); !why.empty()) s.wrong(Invariant::answers, v.id, r, why);
  a = {};
  a.id = v.id;
  a.at = r.start;
  a.kind = r.answer();
  a.tile = r.tile;
  a.core = r.core();
  a.channel = r.channel();
  a.argument = r.argument();
  a.operand = r.operand();
  a.legal = r.refusal() == 0;
  a.weighed = r.weighed();
}

void judge_candidate(CheckState& s, const SpanView& v) {
  const Record& r = v.record;
  AnswerSeen& a = s.answers[r.unit];
  if (a.id == 0 || a.at != r.start || a.carried_out)
    return s.wrong(Invariant::answers, v.id, r, "no answer stands before it");
  if (++a.candidates > a.weighed || a.candidates > kMostCandidates)
    s.wrong(Invariant::answers, v.id, r, "its answer has more candidates than were weighed, or than are kept");
  const bool taken = a.kind == AnswerKind::dispatch && r.tile == a.tile && r.core() == a.core;
  if (taken) {
    if (a.candidates != 1) s.wrong(Invariant::answers, v.id, r, "it was taken, and does not come first");
    a.taken = true;
    return;
  }
  const bool first = a.candidates == (a.taken ? 2U : 1U);
  if (!first && r.score() < a.score) s.wrong(Invariant::answers, v.id, r, "a better score behind a worse one");
  a.score = r.score();
}

void judge_carried_out(CheckState& s, const SpanView& v) {
  const Record& r = v.record;
  AnswerSeen& a = s.answers[r.unit];
  const bool same = r.name == Name::cap ? a.channel == r.channel() && a.argument == r.rate()
                                        : a.tile == r.tile && a.core == r.core() &&
                                              (r.name != Name::prefetch || a.operand == r.operand());
  const bool asked_for = is_open(a) && a.at == r.start && record_of(a.kind) == r.name && same;
  if (!asked_for) s.wrong(Invariant::answers, v.id, r, "the policy did not ask for it");
  a.carried_out = true;
}

}  // namespace

void judge_answer(CheckState& s, const SpanView& v) {
  const Record& r = v.record;
  if (!s.scene.answers) {
    if (is_of_policy(r.name)) s.wrong(Invariant::answers, v.id, r, "the trace says that it holds no such record");
    return;
  }
  if (r.name == Name::answer) judge_asked(s, v);
  if (r.name == Name::candidate) judge_candidate(s, v);
  if (is_action(r.name)) judge_carried_out(s, v);
}

void finish_answers(CheckState& s) {
  if (!s.scene.answers) return;
  for (std::size_t u = 0; u < s.answers.size(); ++u) {
    if (is_open(s.answers[u]))
      s.violated(Invariant::answers, s.scene.header.units[u].path + ": record " + std::to_string(s.answers[u].id) +
                                         ", its last answer, was not carried out");
  }
}

}  // namespace tessera::trace
