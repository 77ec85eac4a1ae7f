#include "trace/record/level.h"

#include "trace/record/spans.h"

namespace tessera::trace {

void LevelFilter::consume(std::span<const Record> records, std::uint64_t first_id) {
  const Record* run = nullptr;  // start of the spans that are kept but not passed on yet
  std::size_t length = 0;
  std::uint64_t run_id = 0;
  const auto pass_on = [&] {
    if (length > 0) next_.consume({run, length}, run_id);
    length = 0;
  };
  for_each_span(records, first_id, [&](const SpanView& s) {
    if (!keeps(s.record)) return pass_on();
    if (level_ == Level::op) {
      Record copy = s.record;
      copy.cause = kNoCause;
      copy.link = Link::none;
      return next_.consume({&copy, 1}, s.id);
    }
    if (length == 0) run = &s.record, run_id = s.id;
    length += s.records().size();
  });
  pass_on();
}

}  // namespace tessera::trace
