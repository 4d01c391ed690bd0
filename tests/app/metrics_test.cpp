// LPIPS and FID as a user has them: weights converted, then pictures compared.

#include <gtest/gtest.h>

#include <filesystem>
#include <nlohmann/json.hpp>

#include "app/metric_weights.hpp"
#include "app/program.hpp"

namespace modeseek::test {
namespace {

using Arguments = std::vector<std::string>;
using nlohmann::json;

const std::string kodak = MODESEEK_TEST_DATA "/noise/kodak";

class MetricsProgram : public testing::Test {
 protected:
  static Outcome expect_success(const Arguments& arguments) {
    Outcome outcome = run_program(arguments);
    EXPECT_EQ(outcome.code, 0) << outcome.err;
    return outcome;
  }

  void expect_refused(const Arguments& arguments, const std::string& mention) {
    const auto before = folder_.files();
    const Outcome outcome = run_program(arguments);
    EXPECT_EQ(outcome.code, 2) << outcome.err;
    EXPECT_EQ(lines(outcome.err).size(), 1U) << outcome.err;
    EXPECT_NE(outcome.err.find(mention), std::string::npos) << outcome.err;
    EXPECT_EQ(outcome.out, "");
    EXPECT_EQ(folder_.files(), before);
  }

  /// The path of AlexNet's LPIPS weights by formula.
  std::string alex() {
    const std::string path = folder_("alex.safetensors");
    write_metric_weights(path, "lpips_alex.txt");
    return path;
  }

  void make_folder(const std::string& name, int first, int last) {
    std::filesystem::create_directory(folder_(name));
    for (int i = first; i <= last; ++i) {
      const std::string file = (i < 10 ? "0" : "") + std::to_string(i) + ".png";
      std::filesystem::copy_file(kodak + file, folder_(name + "/" + file));
    }
  }

  TemporaryFolder folder_;
};

TEST_F(MetricsProgram, HelpEndsWithAnExample) {
  for (const char* command : {"metrics", "fid", "convert"}) {
    const Outcome help = expect_success({command, "--help"});
    EXPECT_NE(help.out.find("Example\n"), std::string::npos) << command;
  }
}

TEST_F(MetricsProgram, LpipsJoinsTheOthers) {
  const std::string weights = alex();
  const Outcome text =
      expect_success({"metrics", kodak + "01.png", kodak + "02.png", "--lpips", weights});
  EXPECT_NE(text.out.find("LPIPS 2.0783\n"), std::string::npos) << text.out;
  const json found = json::parse(expect_success({"metrics", kodak + "01.png", kodak + "02.png",
                                                 "--lpips", weights, "--json", "-"})
                                     .out);
  EXPECT_NEAR(found["lpips"], 2.078327656, 1e-5);
  EXPECT_TRUE(found.contains("psnr"));
  const json without = json::parse(
      expect_success({"metrics", kodak + "01.png", kodak + "02.png", "--json", "-"}).out);
  EXPECT_FALSE(without.contains("lpips"));
}

TEST_F(MetricsProgram, ConvertHalvesWeightsAndKeepsTheDistance) {
  const std::string weights = alex();
  const std::string half = folder_("half.safetensors");
  expect_success({"convert", weights, half, "--dtype", "f16"});
  EXPECT_LT(std::filesystem::file_size(half), std::filesystem::file_size(weights) * 6 / 10);
  const json found = json::parse(expect_success({"metrics", kodak + "01.png", kodak + "02.png",
                                                 "--lpips", half, "--json", "-"})
                                     .out);
  EXPECT_NEAR(found["lpips"], 2.078327656, 2e-3);
}

TEST_F(MetricsProgram, FidOfTwoFolders) {
  const std::string weights = folder_("inception.safetensors");
  write_metric_weights(weights, "inception.txt");
  make_folder("a", 1, 3);
  make_folder("b", 4, 5);
  const Arguments fid{"fid", folder_("a"), folder_("b"), "--weights", weights};
  Arguments with_json = fid;
  with_json.insert(with_json.end(), {"--json", "-"});
  const json found = json::parse(expect_success(with_json).out);
  EXPECT_NEAR(found["fid"], 5570.310404, 0.05);  // make_golden.py
  EXPECT_EQ(found["pictures"], json::parse("[3, 2]"));
  EXPECT_NE(expect_success(fid).out.find(" of 3 and 2 pictures\n"), std::string::npos);
  make_folder("one", 1, 1);
  expect_refused({"fid", folder_("a"), folder_("one"), "--weights", weights}, "at least two");
}

#if !defined(__SANITIZE_ADDRESS__)  // which itself needs terabytes of address space
TEST_F(MetricsProgram, LpipsRefusesAPictureThatDoesNotFit) {
  write_metric_weights(folder_("vgg.safetensors"), "lpips_vgg.txt");
  write_test_picture(folder_("large.png"), 3000, 3000);
  const Outcome large = run_program({"metrics", folder_("large.png"), folder_("large.png"),
                                     "--lpips", folder_("vgg.safetensors")},
                                    std::uint64_t{2} << 30);
  EXPECT_EQ(large.code, 2);
  EXPECT_NE(large.err.find("large.png: LPIPS: needs"), std::string::npos) << large.err;
}
#endif

TEST_F(MetricsProgram, MistakesAreOneLine) {
  const std::string weights = alex();
  write_test_picture(folder_("small.png"), 24, 40);
  const auto compare = [&](const std::string& picture, const std::string& file) {
    return Arguments{"metrics", picture, picture, "--lpips", file};
  };
  expect_refused(compare(folder_("small.png"), weights), "too small");
  expect_refused(compare(kodak + "01.png", folder_("absent.pth")), "absent.pth");
  expect_refused(compare(kodak + "01.png", kodak + "01.png"), "kodak01.png");
  const std::string prior = MODESEEK_TEST_DATA "/checkpoints/zip.pt";
  expect_refused(compare(kodak + "01.png", prior), "holds no LPIPS weights");
  expect_refused({"fid", folder_.path(), folder_.path(), "--weights", prior},
                 "holds no Inception weights");
  expect_refused({"convert", weights, folder_("x.safetensors"), "--prior-setting", "a=1"},
                 "--prior-setting");
  std::filesystem::resize_file(weights, 100000);
  expect_refused(compare(kodak + "01.png", weights), "alex.safetensors");
}

}  // namespace
}  // namespace modeseek::test
