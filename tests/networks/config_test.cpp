#include "networks/config.hpp"

#include <gtest/gtest.h>

#include <cmath>
#include <functional>

#include "modeseek/error.hpp"

namespace modeseek::networks {
namespace {

Config config(const char* text) { return {"file", nlohmann::json::parse(text)}; }

std::string message_of(const std::function<void()>& action) {
  try {
    action();
  } catch (const FileError& error) {
    return error.what();
  }
  return "nothing was thrown";
}

TEST(NetworkConfig, AcceptsWholeNumbersInAnySpelling) {
  EXPECT_EQ(config(R"({"n": 4})").integer("n", {1, 8}), 4);
  EXPECT_EQ(config(R"({"n": 1e3})").integer("n", {1, 2000}), 1000);
  EXPECT_EQ(config(R"({"n": null})").integer("n", {1, 8}, 7), 7) << "null is absent";
}

TEST(NetworkConfig, NamesFileEntryExpectationAndFinding) {
  EXPECT_EQ(message_of([] {
              config(R"({"n": 99})").integer("n", {1, 8});
            }),
            "file: configuration 'n': expected a whole number from 1 to 8, found 99");
  EXPECT_EQ(message_of([] {
              config("{}").integer("n", {1, 8});
            }),
            "file: configuration 'n': expected a value, found nothing");
  EXPECT_EQ(message_of([] {
              config(R"({"t": "x"})").choice("t", {"a", "b"});
            }),
            "file: configuration 't': expected one of a, b, found \"x\"");
}

TEST(NetworkConfig, RefusesWrongTypesAndRanges) {
  for (const char* bad : {R"({"n": "4"})", R"({"n": 4.5})", R"({"n": 1e300})", R"({"n": [4]})",
                          R"({"n": true})", R"({"n": 0})", R"({"n": -9223372036854775808})"}) {
    EXPECT_THROW(config(bad).integer("n", {1, 8}), FileError) << bad;
  }
  EXPECT_THROW(config(R"({"b": 1})").flag("b", true), FileError);
  EXPECT_THROW(config(R"({"l": []})").integers("l", {1, 8}, 3), FileError);
  EXPECT_THROW(config(R"({"l": [1, 2, 3, 4]})").integers("l", {1, 8}, 3), FileError);
  EXPECT_THROW(config(R"({"l": [1, "2"]})").integers("l", {1, 8}, 3), FileError);
  EXPECT_THROW(config(R"({"s": 3})").section("s"), FileError);
  EXPECT_THROW(Config("file", nlohmann::json::array()), FileError);
}

TEST(NetworkConfig, AcceptsInfinityOnlyWhereTheRangeDoes) {
  const double infinity = std::numeric_limits<double>::infinity();
  EXPECT_TRUE(std::isinf(config(R"({"s": "inf"})").number("s", {0, infinity})));
  EXPECT_THROW(config(R"({"s": "inf"})").number("s", {0, 10}), FileError);
  EXPECT_THROW(config(R"({"s": "nan"})").number("s", {0, infinity}), FileError);
}

}  // namespace
}  // namespace modeseek::networks
