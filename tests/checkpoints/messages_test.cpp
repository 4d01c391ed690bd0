#include "checkpoints/messages.hpp"

#include <gtest/gtest.h>

#include "checkpoints/utf8.hpp"

namespace modeseek::checkpoints {
namespace {

TEST(Messages, QuoteTextFromFilesInOneLine) {
  EXPECT_EQ(in_quotes("conv.weight"), "'conv.weight'");
  EXPECT_EQ(in_quotes(std::string_view("a\n\x1b\0\x7f", 5)), "'a\\x0a\\x1b\\x00\\x7f'");
  EXPECT_EQ(in_quotes("\xc3\xa9"), "'\xc3\xa9'");
  EXPECT_EQ(in_quotes("\xc3 \xff"), "'\\xc3 \\xff'");
}

TEST(Messages, CutLongTextBetweenCharacters) {
  EXPECT_EQ(in_quotes(std::string(120, 'a')), "'" + std::string(120, 'a') + "'");
  EXPECT_EQ(in_quotes(std::string(121, 'a')), "'" + std::string(120, 'a') + "...'");
  EXPECT_EQ(in_quotes(std::string(119, 'a') + "\xc3\xa9"), "'" + std::string(119, 'a') + "...'");
}

TEST(Utf8, AcceptsWhatRfc3629Allows) {
  for (const char* text : {"", "a", "\xc2\x80", "\xdf\xbf", "\xe0\xa0\x80", "\xed\x9f\xbf",
                           "\xee\x80\x80", "\xf0\x90\x80\x80", "\xf4\x8f\xbf\xbf"}) {
    EXPECT_TRUE(is_utf8(text)) << in_quotes(text);
  }
  // A stray follower, overlong forms, a surrogate, beyond U+10FFFF, a character cut short.
  for (const char* text :
       {"\x80", "\xc0\x80", "\xc1\xbf", "\xe0\x9f\xbf", "\xf0\x8f\xbf\xbf", "\xed\xa0\x80",
        "\xf4\x90\x80\x80", "\xf8\x88\x80\x80\x80", "\xc3", "\xe2\x82", "\xc3\x28", "\xff"}) {
    EXPECT_FALSE(is_utf8(text));
  }
}

}  // namespace
}  // namespace modeseek::checkpoints
