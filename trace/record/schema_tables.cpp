#include "trace/record/schema_tables.h"

#include <fmt/format.h>

#include "trace/record/schema.h"

namespace tessera::trace {
namespace {

std::string joined(const std::vector<std::string>& words) {
  std::string out;
  for (const std::string& w : words) out += (out.empty() ? "" : ", ") + w;
  return out.empty() ? "-" : out;
}

std::string lanes_of(const RecordSpec& r) {
  std::vector<std::string> words;
  for (std::size_t s = 0; s < kScopeWords.size(); ++s) {
    if (allowed_on(r.name, static_cast<Scope>(s))) words.emplace_back(kScopeWords[s]);
  }
  return joined(words);
}

std::string nesting_of(const RecordSpec& r) {
  switch (r.nesting) {
    case Nesting::never: return "no";
    case Nesting::always: return "yes";
    case Nesting::by_reason: return "by reason";
  }
  return "";
}

std::string path_word(PathPart p) { return p == PathPart::unexplained ? "-" : std::string(to_string(p)); }

SchemaTable records() {
  SchemaTable t{"records", {"record", "lanes", "level", "nests", "path", "gap", "fields", "meaning"}, {}};
  for (const RecordSpec& r : kRecords) {
    std::vector<std::string> fields;
    for (const FieldSpec& f : kFields) {
      if (r.fields.has(f.field)) fields.emplace_back(f.key);
    }
    t.rows.push_back({std::string(r.word), lanes_of(r), std::string(to_string(r.level)), nesting_of(r),
                      path_word(r.path), path_word(r.gap), joined(fields), std::string(r.text)});
  }
  return t;
}

SchemaTable columns() {
  // What every record has comes first; it is no field of the schema.
  SchemaTable t{
      "columns",
      {"field", "column", "unit", "bits", "coding", "none", "meaning"},
      {{"id", "3", "-", "64", "plain", "-", "see below: the gap to the id before"},
       {"end", "4", "ps", "64", "delta", "-", "end of the span"},
       {"length", "5", "ps", "64", "signed", "-", "end - start"},
       {"unit", "6", "-", "16", "delta", "-", "index into the unit table: the lane"},
       {"name", "7", "-", "8", "delta", "-", "index into the string table: which record it is"},
       {"waits", "29", "-", "1", "plain", "-", "1: the record has waits, and the four wait columns a value"}}};
  for (const FieldSpec& f : kFields) {
    t.rows.push_back({std::string(f.key), fmt::format("{}", f.column), f.unit.empty() ? "-" : std::string(f.unit),
                      fmt::format("{}", f.bits), std::string(kCodingWords[static_cast<std::size_t>(f.coding)]),
                      f.none ? fmt::format("{}", f.absent) : "-", std::string(f.text)});
  }
  return t;
}

SchemaTable reasons() {
  SchemaTable t{"reasons", {"number", "reason", "inside", "meaning"}, {}};
  for (const ReasonSpec& r : kReasons) {
    t.rows.push_back({fmt::format("{}", static_cast<int>(r.reason)), std::string(r.word), r.inside ? "yes" : "no",
                      std::string(r.text)});
  }
  return t;
}

SchemaTable refusals() {
  SchemaTable t{"refusals", {"number", "refusal", "meaning"}, {}};
  for (std::size_t i = 0; i < kRefusals.size(); ++i)
    t.rows.push_back({fmt::format("{}", i), std::string(kRefusals[i].word), std::string(kRefusals[i].text)});
  return t;
}

template <std::size_t N>
SchemaTable numbered(std::string section, std::string head, const std::array<std::string_view, N>& words) {
  SchemaTable t{std::move(section), {"number", std::move(head)}, {}};
  for (std::size_t i = 0; i < N; ++i) t.rows.push_back({fmt::format("{}", i), std::string(words[i])});
  return t;
}

}  // namespace

std::vector<SchemaTable> schema_tables() {
  return {records(),
          columns(),
          reasons(),
          numbered("links", "link", kLinkWords),
          numbered("operands", "operand", kOperandWords),
          numbered("answers", "answer", kAnswerWords),
          refusals(),
          numbered("operand_states", "state", kOperandStateWords),
          numbered("lacks", "lack", kSlotLackWords),
          numbered("levels", "level", kLevelWords),
          numbered("scopes", "scope", kScopeWords)};
}

}  // namespace tessera::trace
