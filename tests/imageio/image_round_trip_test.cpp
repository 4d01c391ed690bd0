#include <OpenImageIO/imageio.h>
#include <gtest/gtest.h>

#include <cmath>
#include <limits>

#include "imageio/temporary_folder.hpp"
#include "modeseek/error.hpp"
#include "modeseek/image.hpp"
#include "modeseek/random.hpp"
#include "modeseek/task.hpp"

namespace modeseek {
namespace {

class ImageFile : public TemporaryFolder {};

/// Values on the grid of `bits`, so that a lossless format returns them exactly.
Tensor grid_values(const Shape& shape, int bits, std::uint64_t seed) {
  Random random(seed);
  const std::uint32_t levels = 1U << bits;
  Tensor t(shape);
  for (float& v : t.values()) {
    v = static_cast<float>(random.below(levels)) / static_cast<float>(levels - 1) * 2 - 1;
  }
  return t;
}

Image make_image(std::int64_t channels, bool alpha, int bits, std::int64_t h = 5,
                 std::int64_t w = 7) {
  Image image;
  image.pixels = grid_values({1, channels, h, w}, bits, 1);
  if (alpha) {
    image.alpha = grid_values({1, 1, h, w}, bits, 2);
    for (float& a : image.alpha->values()) a = (a + 1) / 2;
  }
  return image;
}

void expect_close(const Tensor& a, const Tensor& b, float tolerance) {
  ASSERT_EQ(a.shape(), b.shape());
  for (std::int64_t i = 0; i < a.count(); ++i) {
    ASSERT_NEAR(a.data()[i], b.data()[i], tolerance) << i;
  }
}

TEST_F(ImageFile, LosslessFormatsReturnWhatWasWritten) {
  for (const char* extension : {".png", ".tif", ".TIFF", ".exr"}) {
    for (const int bits : {8, 16}) {
      for (const std::int64_t channels : {1, 3}) {
        for (const bool alpha : {false, true}) {
          const std::string name = path("a" + std::to_string(bits) + extension);
          SCOPED_TRACE(name + (alpha ? " alpha " : " ") + std::to_string(channels));
          const Image image = make_image(channels, alpha, bits);
          write_image(name, image, bits);
          const Image back = read_image(name);
          const bool is_float = std::string(extension) == ".exr";
          EXPECT_EQ(back.bits, is_float ? 32 : bits);
          ASSERT_EQ(back.alpha.has_value(), alpha);
          // Nearly transparent EXR pixels lose digits by premultiplication.
          expect_close(back.pixels, image.pixels, is_float && alpha ? 1e-5F : 2e-7F);
          if (alpha) expect_close(*back.alpha, *image.alpha, 1e-7F);
        }
      }
    }
  }
}

TEST_F(ImageFile, FloatFilesKeepValuesBeyondTheRange) {
  Image image;
  image.pixels = Tensor(Shape{1, 1, 1, 4}, {-3.0F, 0.1F, 1.5F, 100.0F});
  for (const char* name : {"a.exr", "a.tif"}) {
    write_image(path(name), image, 32);
    const Image back = read_image(path(name));
    EXPECT_EQ(back.bits, 32);
    expect_close(back.pixels, image.pixels, 1e-6F);
  }
  write_image(path("a.png"), image);
  expect_close(read_image(path("a.png")).pixels,
               Tensor(Shape{1, 1, 1, 4}, {-1.0F, 140.0F / 255 * 2 - 1, 1.0F, 1.0F}), 1e-6F);
}

TEST_F(ImageFile, BitsFollowTheImageAndTheFormat) {
  const auto bits_after = [&](const std::string& name, int own, int wanted) {
    Image image = make_image(3, false, 8);
    image.bits = own;
    write_image(path(name), image, wanted);
    return read_image(path(name)).bits;
  };
  EXPECT_EQ(bits_after("a.png", 0, 0), 8);
  EXPECT_EQ(bits_after("a.png", 16, 0), 16);
  EXPECT_EQ(bits_after("a.png", 32, 0), 16);
  EXPECT_EQ(bits_after("a.png", 16, 8), 8);
  EXPECT_EQ(bits_after("a.jpg", 16, 0), 8);
  EXPECT_EQ(bits_after("a.tif", 32, 0), 32);
  EXPECT_EQ(bits_after("a.exr", 8, 0), 32);
}

TEST_F(ImageFile, QuantisationIsThatOfTheFile) {
  Image image;
  EXPECT_EQ(image.quantisation(), 0.0);
  image.bits = 8;
  EXPECT_NEAR(image.quantisation(), 0.288675 / 255, 1e-8);
  image.bits = 16;
  EXPECT_NEAR(image.quantisation(), 0.288675 / 65535, 1e-10);
  image.bits = 32;
  EXPECT_EQ(image.quantisation(), 0.0);
}

TEST_F(ImageFile, JpegIsOfHighQualityWithFullColour) {
  // A smooth picture with an edge between two colours of the same brightness: subsampled colour
  // would smear it.
  Image image;
  image.pixels = Tensor(Shape{1, 3, 32, 32});
  for (std::int64_t y = 0; y < 32; ++y) {
    for (std::int64_t x = 0; x < 32; ++x) {
      image.pixels(0, 0, y, x) = x < 17 ? 0.6F : -0.4F;
      image.pixels(0, 1, y, x) = x < 17 ? -0.2F : 0.3F;
      image.pixels(0, 2, y, x) = 0.0F;
    }
  }
  image.alpha = Tensor(Shape{1, 1, 32, 32}, 0.5F);
  write_image(path("a.jpg"), image);
  const Image back = read_image(path("a.jpg"));
  EXPECT_EQ(back.bits, 8);
  EXPECT_FALSE(back.alpha.has_value());
  expect_close(back.pixels, image.pixels, 0.08F);
}

TEST_F(ImageFile, MetadataIsStoredAsText) {
  const std::map<std::string, std::string> metadata{
      {"Software", "modeseek test"}, {"modeseek:task", "inpaint(random:0.7)"}, {"seed", "3"}};
  for (const char* name : {"a.png", "a.exr"}) {
    write_image(path(name), make_image(3, false, 8), 0, metadata);
    const auto input = OIIO::ImageInput::open(path(name));
    ASSERT_TRUE(input) << name;
    for (const auto& [key, value] : metadata) {
      EXPECT_EQ(std::string(input->spec().get_string_attribute(key)), value) << name;
    }
  }
  for (const char* name : {"a.jpg", "a.tif"}) {
    write_image(path(name), make_image(3, false, 8), 0, metadata);
    const auto input = OIIO::ImageInput::open(path(name));
    ASSERT_TRUE(input) << name;
    EXPECT_EQ(std::string(input->spec().get_string_attribute("Software")), "modeseek test");
    EXPECT_EQ(std::string(input->spec().get_string_attribute("ImageDescription")),
              "modeseek:task: inpaint(random:0.7)\nseed: 3");
  }
}

TEST_F(ImageFile, RefusesWhatItCannotWriteAndLeavesNothing) {
  const Image good = make_image(3, false, 8);
  EXPECT_THROW(write_image(path("a.gif"), good), FileError);
  EXPECT_THROW(write_image(path("a"), good), FileError);
  EXPECT_THROW(write_image(path("missing/a.png"), good), FileError);
  EXPECT_THROW(write_image(path("a.png"), good, 12), InvalidArgument);
  EXPECT_THROW(write_image(path("a.png"), good, 0, {{"two words", "x"}}), InvalidArgument);
  EXPECT_THROW(write_image(path("a.png"), good, 0, {{"", "x"}}), InvalidArgument);
  Image bad = good;
  bad.pixels.data()[3] = std::numeric_limits<float>::quiet_NaN();
  EXPECT_THROW(write_image(path("a.png"), bad), InvalidArgument);
  bad = good;
  bad.alpha = Tensor(Shape{1, 1, 2, 2});
  EXPECT_THROW(write_image(path("a.png"), bad), InvalidArgument);
  bad.alpha.reset();
  bad.pixels = Tensor(Shape{1, 2, 4, 4});
  EXPECT_THROW(write_image(path("a.png"), bad), InvalidArgument);
  EXPECT_EQ(entries(), 0);
}

TEST_F(ImageFile, KnowsItsExtensions) {
  for (const char* name : {"a.png", "b.JPG", "x/y.jpeg", "c.tif", "d.tiff", "e.exr"}) {
    EXPECT_TRUE(is_image_path(name)) << name;
  }
  for (const char* name : {"a.npy", "png", ".png", "a.png.txt", "", "folder.png/x"}) {
    EXPECT_FALSE(is_image_path(name)) << name;
  }
}

TEST_F(ImageFile, LoadArrayGivesPixelsOnZeroToOneAndArraysAsTheyAre) {
  Image image;
  image.pixels = Tensor(Shape{1, 1, 1, 3}, {-1.0F, 1.0F, 51.0F / 255 * 2 - 1});
  write_image(path("mask.png"), image);
  const Tensor mask = load_array(path("mask.png"));
  EXPECT_EQ(mask(0, 0, 0, 0), 0.0F);
  EXPECT_EQ(mask(0, 0, 0, 1), 1.0F);
  EXPECT_NEAR(mask(0, 0, 0, 2), 0.2F, 1e-6F);
  write_npy(path("kernel.NPY"), Tensor(Shape{1, 1, 1, 2}, {-7.0F, 9.0F}));
  EXPECT_EQ(load_array(path("kernel.NPY"))(0, 0, 0, 1), 9.0F);
}

}  // namespace
}  // namespace modeseek
