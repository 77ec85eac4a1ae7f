// Chrome JSON and CSV, read by readers of their own.
#include <gtest/gtest.h>

#include <algorithm>
#include <map>
#include <nlohmann/json.hpp>

#include "tests/trace/exported_file.h"
#include "tests/trace/foreign_readers.h"

namespace tessera::trace {
namespace {

using test::chrome_faults;
using test::exported;
using test::KnownTrace;
using test::read_all;
using test::ScratchFolder;
using test::write_known;

TEST(Chrome, IsJsonWithEverySpanAndNoPartialOverlap) {
  ScratchFolder folder;
  write_known(folder / "t.tsr", 200);
  exported(folder / "t.tsr", "chrome", folder / "t.json");
  const auto json = nlohmann::json::parse(read_all(folder / "t.json"));
  EXPECT_EQ(json["otherData"]["network"], "known");
  EXPECT_EQ(chrome_faults(json), std::vector<std::string>{});
  std::map<std::string, int> count;
  for (const auto& e : json["traceEvents"]) ++count[e["ph"]];
  EXPECT_EQ(count["X"], 220);
  EXPECT_EQ(count["i"], 1);
  EXPECT_EQ(count["s"], 5);
  EXPECT_EQ(count["f"], 5);
  for (const auto& e : json["traceEvents"]) {
    if (e["ph"] != "X" || e["args"]["record"] != 207) continue;
    EXPECT_EQ(e["args"].dump(),
              R"({"address":0,"bytes":64,"cause":205,"channel":0,"core":0,"length_ps":100,"operand":"input",)"
              R"("operator":"first","record":207,"request":0,"slot":0,"start_ps":10,"tile":0,"wait_channel_ps":1,)"
              R"("wait_dram_ps":3,"wait_noc_ps":2})");
    ++count["seen"];
  }
  EXPECT_EQ(count["seen"], 1);
}

TEST(Chrome, RoundsBothEndsOfASpan) {
  ScratchFolder folder;
  KnownTrace known;
  TraceHeader header;
  header.units = known.lanes.units();
  auto writer = FileWriter::create(folder / "t.tsr", header, known.tiles);
  Sink sink;
  sink.add(**writer);
  // A clock of 940 MHz: edges at 1063, 2127 and 3191 ps. The length of the first, 1064 ps, rounded apart would end it
  // at 2.128 us beyond the next one's start of 2.127.
  sink.emit(known.span(Name::compute, known.lanes.pe_array(0), 1'063'829, 2'127'659, 0, Link::none, 0));
  sink.emit(known.span(Name::compute, known.lanes.pe_array(0), 2'127'659, 3'191'489, 0, Link::none, 1));
  sink.emit(known.span(Name::vector, known.lanes.vector_unit(0), 999, 1'000, 0, Link::none, 1));
  sink.finish(Ps{4'000'000});
  exported(folder / "t.tsr", "chrome", folder / "t.json");
  const std::string text = read_all(folder / "t.json");
  EXPECT_NE(text.find(R"("ts":1.063,"dur":1.064,"args":{"record":1,"start_ps":1063829,"length_ps":1063830,)"),
            std::string::npos)
      << text;
  EXPECT_NE(text.find(R"("ts":2.127,"dur":1.064,)"), std::string::npos) << text;
  EXPECT_NE(text.find(R"("ts":0.000,"dur":0.001,)"), std::string::npos) << text;
}

TEST(Csv, HasALineForEveryRecordAndQuotesNames) {
  ScratchFolder folder;
  write_known(folder / "t.tsr");
  exported(folder / "t.tsr", "csv", folder / "t.csv");
  const std::string text = read_all(folder / "t.csv");
  EXPECT_EQ(std::count(text.begin(), text.end(), '\n'), 22);
  EXPECT_NE(text.find("\"second \"\"quoted\"\", with comma\""), std::string::npos);
  EXPECT_NE(text.find("7,load,dma.channel[0],10,110,0,first,0,,5,,,64,0,,0,0,input,,,0,,,,,1,2,3,,,,,,,,,,,,\n"),
            std::string::npos)
      << text;
}

// Byte for byte: a row of each kind that used to lack a column or to share one.
TEST(Csv, HasAColumnForEveryField) {
  ScratchFolder folder;
  KnownTrace known;
  TraceHeader header;
  header.units = known.lanes.units();
  auto writer = FileWriter::create(folder / "t.tsr", header, known.tiles);
  Sink sink;
  sink.add(**writer);
  Record decision = known.span(Name::decision, known.lanes.scheduler(0), 0, 10, 0, Link::none, 0);
  decision.set_core(3);
  sink.emit(decision);
  Record compute = known.span(Name::compute, known.lanes.pe_array(0), 10, 20, 1, Link::array, 0);
  compute.set_rows(300);
  compute.set_columns(513);
  compute.set_macs(77);
  sink.emit(compute);
  Record vector = known.span(Name::vector, known.lanes.vector_unit(0), 20, 30, 2, Link::none, 1);
  vector.set_macs(5);
  sink.emit(vector);
  Record counter;
  counter.name = Name::counter;
  counter.unit = known.lanes.power();
  counter.set_value(-4);
  sink.emit(counter);
  Record stall = known.span(Name::stall, known.lanes.pe_array(0), 20, 40, 0, Link::none, kNoTile);
  stall.set_reason(Reason::operand_slot);
  stall.set_lack(SlotLack::queue);
  sink.emit(stall);
  sink.finish(Ps{50});
  exported(folder / "t.tsr", "csv", folder / "t.csv");
  EXPECT_EQ(read_all(folder / "t.csv"),
            "id,name,unit,start_ps,end_ps,request,operator,tile,task,cause,reason,link,bytes,address,macs,channel,slot,"
            "operand,rows,columns,core,write,lack,moved_bytes,value,wait_channel_ps,wait_noc_ps,wait_dram_ps,"
            "answer,refusal,argument,weighed,backlog_bytes,score,busy_ps,queued,input_state,weight_state,"
            "free_output_slots,bytes_per_1000_cycles\n"
            "1,decision,scheduler[0],0,10,0,first,0,,,,,,,,,,,,,3,,,,,,,,,,,,,,,,,,,\n"
            "2,compute,core[0].pe_array,10,20,0,first,0,,1,,array,,,77,,,,300,513,,,,,,,,,,,,,,,,,,,,\n"
            "3,vector,core[0].vector_unit,20,30,0,second,1,,2,,,,,5,,,,,,,,,,,,,,,,,,,,,,,,,\n"
            "4,counter,power_uw,0,0,,,,,,,,,,,,,,,,,,,,-4,,,,,,,,,,,,,,,\n"
            "5,stall,core[0].pe_array,20,40,0,,,,,operand_slot,,,,,,,,,,,,queue,,,,,,,,,,,,,,,,,\n");
}

}  // namespace
}  // namespace tessera::trace
