// IdSet against std::set: every question at every id, at sizes around what one, two and three levels hold.
#include "scheduler/tiles/id_set.h"

#include <gtest/gtest.h>

#include <random>
#include <set>

namespace tessera::scheduler {
namespace {

std::uint32_t next(const std::set<std::uint32_t>& ids, std::uint32_t from) {
  const auto i = ids.lower_bound(from);
  return i == ids.end() ? kNoId : *i;
}

std::uint32_t last_below(const std::set<std::uint32_t>& ids, std::uint32_t to) {
  const auto i = ids.lower_bound(to);
  return i == ids.begin() ? kNoId : *std::prev(i);
}

class IdSetOfSize : public testing::TestWithParam<std::uint32_t> {};
INSTANTIATE_TEST_SUITE_P(AroundTheLevels, IdSetOfSize,
                         testing::Values(1, 2, 63, 64, 65, 127, 128, 4095, 4096, 4097, 8192, 262144, 262145));

TEST_P(IdSetOfSize, AnswersAsASetDoesAtBothEnds) {
  const std::uint32_t size = GetParam();
  for (const std::uint32_t id : {0U, size / 2, size - 1}) {
    IdSet set(size);
    EXPECT_TRUE(set.empty());
    EXPECT_EQ(set.next(0), kNoId);
    EXPECT_EQ(set.last_below(size), kNoId);
    set.insert(id);
    EXPECT_FALSE(set.empty());
    EXPECT_EQ(set.next(0), id);
    EXPECT_EQ(set.next(id), id);
    EXPECT_EQ(set.next(id + 1), kNoId);
    EXPECT_EQ(set.last_below(size), id);
    EXPECT_EQ(set.last_below(size + 1), id);
    EXPECT_EQ(set.last_below(id + 1), id);
    EXPECT_EQ(set.last_below(id), kNoId);
    set.erase(id);
    EXPECT_TRUE(set.empty());
  }
}

TEST_P(IdSetOfSize, AnswersAsASetDoesWhileItChanges) {
  const std::uint32_t size = GetParam();
  std::mt19937 random(size);
  IdSet set(size);
  std::set<std::uint32_t> reference;
  for (int step = 0; step < 2000; ++step) {
    const std::uint32_t id = random() % size, asked = random() % (size + 1);
    const bool in = random() % 3 != 0;
    set.set(id, in);
    in ? (void)reference.insert(id) : (void)reference.erase(id);
    ASSERT_EQ(set.contains(id), in);
    ASSERT_EQ(set.empty(), reference.empty());
    ASSERT_EQ(set.next(asked), next(reference, asked)) << asked;
    ASSERT_EQ(set.last_below(asked), last_below(reference, asked)) << asked;
    ASSERT_EQ(set.last_below(size), last_below(reference, size));
  }
}

}  // namespace
}  // namespace tessera::scheduler
