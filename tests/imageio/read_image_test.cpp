#include <OpenImageIO/imageio.h>
#include <gtest/gtest.h>

#include <array>
#include <cmath>
#include <limits>
#include <vector>

#include "imageio/orientation.hpp"
#include "imageio/temporary_folder.hpp"
#include "modeseek/error.hpp"
#include "modeseek/image.hpp"

namespace modeseek {
namespace {

class ReadImage : public TemporaryFolder {
 protected:
  /// The message must start with the path, hold `part`, be one line, and nothing may be printed.
  static void expect_refused(const std::string& name, const std::string& part) {
    testing::internal::CaptureStderr();
    testing::internal::CaptureStdout();
    std::string message;
    try {
      read_image(name);
    } catch (const FileError& error) {
      message = error.what();
    }
    const std::string printed =
        testing::internal::GetCapturedStdout() + testing::internal::GetCapturedStderr();
    EXPECT_EQ(printed, "") << name;
    EXPECT_EQ(message.rfind(name + ": ", 0), 0U) << name << " gave '" << message << "'";
    EXPECT_NE(message.find(part), std::string::npos) << message;
    EXPECT_EQ(message.find('\n'), std::string::npos) << message;
  }

  static std::string data(const std::string& name) { return MODESEEK_TEST_DATA "/images/" + name; }

  template <typename T>
  void write_oiio(const std::string& name, OIIO::ImageSpec spec, const std::vector<T>& elements) {
    const auto output = OIIO::ImageOutput::create(name);
    ASSERT_TRUE(output && output->open(name, spec) &&
                output->write_image(spec.format, elements.data()) && output->close())
        << OIIO::geterror();
  }
};

float level(int value) { return static_cast<float>(value) / 255.0F * 2.0F - 1.0F; }

TEST_F(ReadImage, PaletteBecomesColour) {
  const Image image = read_image(data("palette.png"));
  ASSERT_EQ(image.pixels.shape(), (Shape{1, 3, 6, 10}));
  EXPECT_NEAR(image.pixels(0, 0, 2, 4), level(100), 0.01F);
  EXPECT_NEAR(image.pixels(0, 1, 2, 4), level(100), 0.01F);
  EXPECT_NEAR(image.pixels(0, 2, 2, 4), level(128), 0.01F);
  EXPECT_EQ(image.bits, 8);
}

TEST_F(ReadImage, AlphaIsNotMultipliedIntoTheColours) {
  const Image image = read_image(data("rgba.png"));
  ASSERT_TRUE(image.alpha.has_value());
  EXPECT_FLOAT_EQ(image.pixels(0, 0, 3, 1), level(25));
  EXPECT_FLOAT_EQ(image.pixels(0, 1, 3, 0), level(150));
  EXPECT_FLOAT_EQ((*image.alpha)(0, 0, 3, 1), 28.0F / 255.0F);
}

TEST_F(ReadImage, ExifOrientationIsApplied) {
  // Stored: 32 rows of 48, bright at the top left. Orientation 6: turn clockwise, so the bright
  // corner is at the top right.
  const Image image = read_image(data("orientation6.jpg"));
  ASSERT_EQ(image.pixels.shape(), (Shape{1, 1, 48, 32}));
  EXPECT_GT(image.pixels(0, 0, 4, 28), 0.9F);
  EXPECT_LT(image.pixels(0, 0, 4, 4), -0.9F);
  EXPECT_LT(image.pixels(0, 0, 44, 28), -0.9F);
}

TEST(Orientation, EveryValueIsTheDocumentedFlipOrTurn) {
  // 1 2 3
  // 4 5 6
  const Tensor stored(Shape{1, 1, 2, 3}, {1, 2, 3, 4, 5, 6});
  const std::array<std::vector<float>, 9> upright{{{1, 2, 3, 4, 5, 6},
                                                   {1, 2, 3, 4, 5, 6},
                                                   {3, 2, 1, 6, 5, 4},
                                                   {6, 5, 4, 3, 2, 1},
                                                   {4, 5, 6, 1, 2, 3},
                                                   {1, 4, 2, 5, 3, 6},
                                                   {4, 1, 5, 2, 6, 3},
                                                   {6, 3, 5, 2, 4, 1},
                                                   {3, 6, 2, 5, 1, 4}}};
  for (int orientation = 0; orientation <= 8; ++orientation) {
    const Tensor turned = apply_orientation(stored, orientation);
    EXPECT_EQ(turned.shape(), orientation >= 5 ? (Shape{1, 1, 3, 2}) : (Shape{1, 1, 2, 3}));
    EXPECT_EQ(std::vector<float>(turned.values().begin(), turned.values().end()),
              upright[static_cast<std::size_t>(orientation)])
        << orientation;
  }
  EXPECT_EQ(apply_orientation(stored, 9).shape(), stored.shape());
}

TEST_F(ReadImage, DamageBesideThePixelsIsNoReasonToPrint) {
  testing::internal::CaptureStderr();
  const Image image = read_image(data("wrong_text_checksum.png"));
  EXPECT_EQ(testing::internal::GetCapturedStderr(), "");
  EXPECT_NEAR(image.pixels(0, 0, 2, 4), level(100), 0.01F);
}

TEST_F(ReadImage, ContentDecidesNotTheName) {
  put(path("really_a_jpeg.png"), content(data("noise.jpg")));
  put(path("no_extension"), content(data("rgba.png")));
  EXPECT_EQ(read_image(path("really_a_jpeg.png")).pixels.shape(), (Shape{1, 3, 64, 64}));
  EXPECT_EQ(read_image(path("no_extension")).pixels.shape(), (Shape{1, 3, 6, 10}));
}

TEST_F(ReadImage, ReadsTheOtherStillFormats) {
  put(path("a.ppm"), "P6 2 1 255\n" + std::string("\x00\x33\x66\xff\xff\xff", 6));
  const Image ppm = read_image(path("a.ppm"));
  ASSERT_EQ(ppm.pixels.shape(), (Shape{1, 3, 1, 2}));
  EXPECT_FLOAT_EQ(ppm.pixels(0, 1, 0, 0), level(51));
  EXPECT_FLOAT_EQ(ppm.pixels(0, 2, 0, 1), 1.0F);
  const OIIO::ImageSpec spec(3, 2, 3, OIIO::TypeDesc::UINT8);
  std::vector<unsigned char> elements(18, 200);
  elements[1] = 100;
  write_oiio(path("a.bmp"), spec, elements);
  const Image bmp = read_image(path("a.bmp"));
  ASSERT_EQ(bmp.pixels.shape(), (Shape{1, 3, 2, 3}));
  EXPECT_FLOAT_EQ(bmp.pixels(0, 1, 0, 0), level(100));
  EXPECT_FLOAT_EQ(bmp.pixels(0, 1, 1, 2), level(200));
}

TEST_F(ReadImage, PremultipliedExrIsDivided) {
  OIIO::ImageSpec spec(1, 1, 4, OIIO::TypeDesc::FLOAT);
  write_oiio<float>(path("a.exr"), spec, {0.1F, 0.2F, 0.3F, 0.5F});
  const Image image = read_image(path("a.exr"));
  EXPECT_NEAR(image.pixels(0, 1, 0, 0), 0.4F * 2 - 1, 1e-6F);
  EXPECT_NEAR(image.alpha->values()[0], 0.5F, 1e-6F);
}

TEST_F(ReadImage, RefusesWhatIsNoImage) {
  put(path("empty.png"), "");
  put(path("text.png"), "This is no picture.\n");
  put(path("text.txt"), "Nor is this.\n");
  put(path("signature.png"), "\x89PNG\r\n\x1a\n");
  put(path("start.jpg"), "\xff\xd8\xff\xe0");
  put(path("start.tif"), std::string("II*\0", 4));
  put(path("start.exr"), "\x76\x2f\x31\x01");
  expect_refused(path("missing.png"), "no such file");
  expect_refused(path("empty.png"), "empty");
  expect_refused(path(""), "folder");
  expect_refused("/dev/null", "not a regular file");
  expect_refused(path("text.png"), "not an image file");
  expect_refused(path("text.txt"), "not an image file");
  expect_refused(path("signature.png"), "truncated");
  for (const char* name : {"start.jpg", "start.tif", "start.exr"}) expect_refused(path(name), "");
}

TEST_F(ReadImage, RefusesForeignColoursAndChannels) {
  expect_refused(data("cmyk.jpg"), "CMYK");
  expect_refused(data("lab.tif"), "LAB");
  expect_refused(data("bilevel_no_bits_tag.tif"), "BitsPerSample");
  OIIO::ImageSpec spec(2, 2, 5, OIIO::TypeDesc::UINT8);
  write_oiio(path("five.tif"), spec, std::vector<unsigned char>(20));
  expect_refused(path("five.tif"), "5 channels");
  spec = OIIO::ImageSpec(2, 2, 3, OIIO::TypeDesc::HALF);
  spec.channelnames = {"Y", "BY", "RY"};
  write_oiio(path("chroma.exr"), spec, std::vector<std::uint16_t>(12));
  expect_refused(path("chroma.exr"), "3 channels (");
  spec = OIIO::ImageSpec(2, 2, 1, OIIO::TypeDesc::INT32);
  write_oiio(path("int.tif"), spec, std::vector<int>(4));
  expect_refused(path("int.tif"), "elements are int");
}

TEST_F(ReadImage, RefusesNanAndInfinity) {
  const OIIO::ImageSpec spec(2, 1, 1, OIIO::TypeDesc::FLOAT);
  for (const float bad :
       {std::numeric_limits<float>::quiet_NaN(), -std::numeric_limits<float>::infinity()}) {
    write_oiio<float>(path("a.exr"), spec, {0.5F, bad});
    expect_refused(path("a.exr"), "NaN or infinite");
  }
}

TEST_F(ReadImage, RefusesTruncationAtAnyLength) {
  write_image(path("whole.tif"), read_image(data("noise.jpg")));
  write_image(path("whole.exr"), read_image(data("noise.jpg")));
  write_image(path("whole.png"), read_image(data("noise.jpg")), 16);
  for (const std::string& whole : {data("noise.jpg"), data("progressive.jpg"), data("rgba.png"),
                                   path("whole.png"), path("whole.tif"), path("whole.exr")}) {
    const std::string bytes = content(whole);
    const std::size_t n = bytes.size();
    for (const std::size_t length :
         {std::size_t{1}, std::size_t{7}, n / 20, n / 4, n / 2, 3 * n / 4, 9 * n / 10,
          n - n / 100 - 1, n - 12, n - 2, n - 1}) {
      SCOPED_TRACE(std::to_string(length) + " of " + std::to_string(n));
      put(path("cut"), bytes.substr(0, length));
      expect_refused(path("cut"), "");
    }
  }
}

TEST_F(ReadImage, RefusesADamagedPng) {
  const std::string bytes = content(data("rgba.png"));
  for (const std::size_t at : {std::size_t{18}, std::size_t{29}, bytes.size() - 14}) {
    std::string damaged = bytes;
    damaged[at] = static_cast<char>(damaged[at] ^ 0x55);
    put(path("a.png"), damaged);
    expect_refused(path("a.png"), "damaged");
  }
}

TEST_F(ReadImage, ChecksTheSizeBeforeMemoryIsTaken) {
  EXPECT_NO_THROW(read_image(data("noise.jpg"), 64 * 64 * 3 * 5));
  EXPECT_THROW(read_image(data("noise.jpg"), 64 * 64 * 3 * 5 - 1), OutOfMemory);
  EXPECT_THROW(read_image(data("rgba.png"), 100), OutOfMemory);
  // 60000 x 60000 pixels claimed, none there.
  put(path("bomb.ppm"), "P6 60000 60000 255\nx");
  EXPECT_THROW(read_image(path("bomb.ppm"), std::uint64_t{1} << 30), OutOfMemory);
}

}  // namespace
}  // namespace modeseek
