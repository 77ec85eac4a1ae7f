// How operators were cut stands in the tile table; traces that do not say it are read as before.
#include <gtest/gtest.h>

#include "trace.pb.h"
#include "trace/file/header_codec.h"

namespace tessera::trace {
namespace {

TileTable some_operators() {
  TileTable t;
  t.operators = {{"conv", "Conv"}, {"add", "Add"}};
  t.operators[0].choice = {.b = 1,
                           .m = 5,
                           .w = 7,
                           .n = 64,
                           .k = 1 << 20,
                           .loop_order = "bgmn",
                           .whole_input = true,
                           .deal = TileTable::Choice::Deal::columns,
                           .cores = 3};
  t.operators[1].choice = {.b = 2, .m = 5, .w = 7, .n = 8};
  return t;
}

// The first part, which has the operators, after a change.
template <class Change>
std::string changed(Change change) {
  proto::Tiles part;
  EXPECT_TRUE(part.ParseFromString(encode_tiles(some_operators()).front()));
  change(part);
  return part.SerializeAsString();
}

TEST(TileChoice, IsReadBack) {
  TileTable back;
  std::string why;
  ASSERT_TRUE(decode_tiles(encode_tiles(some_operators()).front(), back, why)) << why;
  EXPECT_EQ(back, some_operators());
}

TEST(TileChoice, OlderTracesSayNothing) {
  TileTable back;
  std::string why;
  ASSERT_TRUE(decode_tiles(changed([](proto::Tiles& part) { part.clear_op_choice(); }), back, why)) << why;
  ASSERT_EQ(back.operators.size(), 2u);
  EXPECT_EQ(back.operators[0].name, "conv");
  EXPECT_EQ(back.operators[0].choice, TileTable::Choice{});
}

TEST(TileChoice, WhatNobodyCouldHaveChosenIsRefused) {
  const auto refused = [](auto change) {
    TileTable back;
    std::string why;
    return !decode_tiles(changed(change), back, why) && why.find("nobody could have chosen") != std::string::npos;
  };
  EXPECT_TRUE(refused([](proto::Tiles& part) { part.mutable_op_choice()->RemoveLast(); }));
  EXPECT_TRUE(refused([](proto::Tiles& part) { part.mutable_op_choice(0)->set_deal(2); }));
  EXPECT_TRUE(refused([](proto::Tiles& part) { part.mutable_op_choice(0)->set_loop_order("bgnmb"); }));
}

}  // namespace
}  // namespace tessera::trace
