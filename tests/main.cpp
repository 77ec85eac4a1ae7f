// The one main of every test program.
//
// libsystemc.so brings a main of its own, which would win over gtest_main's and run no test at all; an object
// file's main wins over both. A run in which no test was executed is a failure.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cstdio>

extern "C" int sc_main(int, char**) { return 1; }

int main(int argc, char** argv) {
  testing::InitGoogleMock(&argc, argv);
  const int status = RUN_ALL_TESTS();
  if (GTEST_FLAG_GET(list_tests)) return status;
  if (testing::UnitTest::GetInstance()->test_to_run_count() == 0) {
    std::fputs("no test was run\n", stderr);
    return 1;
  }
  return status;
}
