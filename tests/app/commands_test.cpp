// The contract that scripts rely on, command by command.

#include <gtest/gtest.h>

#include <filesystem>
#include <nlohmann/json.hpp>

#include "app/program.hpp"
#include "modeseek/image.hpp"
#include "modeseek/metrics.hpp"

namespace modeseek::test {
namespace {

using Arguments = std::vector<std::string>;
using nlohmann::json;

class Commands : public testing::Test {
 protected:
  Outcome expect_success(const Arguments& arguments) {
    Outcome outcome = run_program(arguments);
    EXPECT_EQ(outcome.code, 0) << outcome.err;
    return outcome;
  }

  /// A quick restore: two noise levels, one step each.
  Outcome restore(const std::string& input, const std::string& output, const Arguments& more) {
    Arguments all = with_tiny_prior(
        {"restore", folder_(input), "-o", folder_(output), "--steps", "2", "--inner", "1"});
    all.insert(all.end(), more.begin(), more.end());
    return expect_success(all);
  }

  void degrade(const std::string& input, const std::string& output, const Arguments& more) {
    Arguments all{"degrade", folder_(input), "-o", folder_(output)};
    all.insert(all.end(), more.begin(), more.end());
    expect_success(all);
  }

  Shape shape_of(const std::string& name) { return read_image(folder_(name)).pixels.shape(); }

  TemporaryFolder folder_;
};

TEST_F(Commands, HelpEndsWithAnExample) {
  for (const char* command :
       {"restore", "degrade", "denoise", "metrics", "info", "presets", "report"}) {
    const Outcome help = expect_success({command, "--help"});
    EXPECT_NE(help.out.find("Example\n"), std::string::npos) << command;
    EXPECT_NE(help.out.find(std::string("modeseek ") + command), std::string::npos) << command;
  }
  EXPECT_NE(expect_success({"--help"}).out.find("modeseek restore"), std::string::npos);
}

TEST_F(Commands, OnlyTheFullHelpShowsOptionsForExperts) {
  EXPECT_EQ(expect_success({"restore", "--help"}).out.find("--step-size"), std::string::npos);
  EXPECT_NE(expect_success({"restore", "--help-all"}).out.find("--step-size"), std::string::npos);
}

TEST_F(Commands, VersionSaysWhatItWasBuiltWith) {
  const Outcome outcome = expect_success({"--version"});
  EXPECT_EQ(outcome.out.rfind("modeseek ", 0), 0U);
  EXPECT_NE(outcome.out.find("oneDNN"), std::string::npos);
}

TEST_F(Commands, PresetsAreListed) {
  EXPECT_NE(expect_success({"presets"}).out.find("ddrm-sr4"), std::string::npos);
}

TEST_F(Commands, DegradeIsSeeded) {
  write_test_picture(folder_("in.png"), 20, 24);
  degrade("in.png", "a.npy", {"--task", "denoise", "--noise", "0.1", "--seed", "3"});
  degrade("in.png", "b.npy", {"--task", "denoise", "--noise", "0.1", "--seed", "3"});
  degrade("in.png", "c.npy", {"--task", "denoise", "--noise", "0.1", "--seed", "4"});
  EXPECT_EQ(read_text(folder_("a.npy")), read_text(folder_("b.npy")));
  EXPECT_NE(read_text(folder_("a.npy")), read_text(folder_("c.npy")));
  const Tensor noise = read_npy(folder_("a.npy")) - read_image(folder_("in.png")).pixels;
  EXPECT_NEAR(norm(noise) / std::sqrt(double(noise.count())), 0.2, 0.02);
}

TEST_F(Commands, DegradeStoresMissingPixelsBlack) {
  write_test_picture(folder_("in.png"), 8, 8);
  degrade("in.png", "out.png", {"--task", "inpaint(rows:2)", "--noise", "0.1"});
  const Tensor pixels = read_image(folder_("out.png")).pixels;
  EXPECT_EQ(pixels(0, 0, 1, 3), -1.0F);
  EXPECT_NE(pixels(0, 0, 0, 3), -1.0F);
}

TEST_F(Commands, DegradeCropsToWhatTheTaskTakesAndSaysSo) {
  write_test_picture(folder_("in.png"), 13, 18);
  const Outcome outcome = expect_success(
      {"degrade", folder_("in.png"), "-o", folder_("out.png"), "--task", "sr(4,mean)"});
  EXPECT_NE(outcome.err.find("12x16"), std::string::npos) << outcome.err;
  EXPECT_EQ(shape_of("out.png"), (Shape{1, 3, 3, 4}));
}

TEST_F(Commands, RestoreRecordsWhatItDid) {
  write_test_picture(folder_("clean.png"), 13, 18);
  degrade("clean.png", "in.png", {"--task", "sr(2,mean)", "--noise", "0.05"});
  const Outcome outcome = restore("in.png", "out.png",
                                  {"--task", "sr(2,mean)", "--noise", "0.05", "--seed", "7",
                                   "--reference", folder_("clean.png"), "--json", "-"});
  const json record = json::parse(outcome.out);
  EXPECT_EQ(record["task"], "sr(2,mean)");
  EXPECT_EQ(record["solver"], "vml-map");
  EXPECT_EQ(record["settings"]["steps"], 2);
  EXPECT_EQ(record["seed"], 7);
  EXPECT_FALSE(record["prior"]["hash"].get<std::string>().empty());
  EXPECT_NE(record["command"].get<std::string>().find("--seed 7"), std::string::npos);
  ASSERT_EQ(record["images"].size(), 1U);
  const json& image = record["images"][0];
  EXPECT_EQ(image["output"], folder_("out.png"));
  EXPECT_GT(image["denoiser_evaluations"], 0);
  EXPECT_EQ(image["vjp_evaluations"], 0);
  EXPECT_TRUE(image["residual_ratio"].is_number());
  EXPECT_TRUE(image["stationarity"].is_number());
  EXPECT_GE(image["seconds"], 0.0);
  EXPECT_NEAR(image["noise"]["unit"], 0.05, 1e-6);
  EXPECT_NEAR(image["noise"]["symmetric"], 0.1, 1e-6);
  EXPECT_EQ(image["noise"]["source"], "given");

  EXPECT_EQ(shape_of("out.png"), (Shape{1, 3, 12, 18}));
  write_image(folder_("cropped.png"), [&] {
    Image clean = read_image(folder_("clean.png"));
    Tensor part(Shape{1, 3, 12, 18});
    for (int c = 0; c < 3; ++c)
      for (int y = 0; y < 12; ++y)
        for (int x = 0; x < 18; ++x) part(0, c, y, x) = clean.pixels(0, c, y, x);
    clean.pixels = part;
    return clean;
  }());
  const json metrics = json::parse(
      expect_success({"metrics", folder_("out.png"), folder_("cropped.png"), "--json", "-"}).out);
  EXPECT_NEAR(metrics["psnr"], image["psnr"], 1e-6);
  EXPECT_NEAR(metrics["ssim"], image["ssim"], 1e-6);
}

TEST_F(Commands, RestoreIsReproducible) {
  write_test_picture(folder_("in.png"), 12, 14);
  const Arguments same{"--task", "inpaint(random:0.5,seed=2)", "--seed", "5"};
  restore("in.png", "a.npy", same);
  restore("in.png", "b.npy", same);
  EXPECT_EQ(read_text(folder_("a.npy")), read_text(folder_("b.npy")));
}

TEST_F(Commands, NoiseIsEstimatedAndToldOnBothScales) {
  write_test_picture(folder_("clean.png"), 64, 64);
  degrade("clean.png", "in.png", {"--task", "denoise", "--noise", "0.1"});
  const Outcome outcome =
      restore("in.png", "out.png", {"--task", "denoise", "--json", folder_("out.json")});
  EXPECT_NE(outcome.err.find("on [0,1]"), std::string::npos) << outcome.err;
  EXPECT_NE(outcome.err.find("on [-1,1]"), std::string::npos) << outcome.err;
  EXPECT_NE(outcome.err.find("auto"), std::string::npos) << outcome.err;
  const json noise = json::parse(read_text(folder_("out.json")))["images"][0]["noise"];
  EXPECT_NEAR(noise["unit"], 0.1, 0.03);
}

TEST_F(Commands, NoiseIsNeverBelowTheRoundingOfTheFile) {
  write_test_picture(folder_("in.png"), 8, 8);
  const Outcome outcome =
      restore("in.png", "out.png", {"--task", "denoise", "--noise", "0", "--json", "-"});
  const json noise = json::parse(outcome.out)["images"][0]["noise"];
  EXPECT_NEAR(noise["unit"], 0.2887 / 255, 1e-5);
  EXPECT_EQ(noise["source"], "quantisation floor");
}

TEST_F(Commands, ManyPicturesGoIntoAFolderThatIsCreated) {
  write_test_picture(folder_("a.png"), 6, 8);
  write_test_picture(folder_("b.jpg"), 5, 9);
  Arguments all =
      with_tiny_prior({"restore", folder_("a.png"), folder_("b.jpg"), "-o", folder_("results"),
                       "--task", "denoise", "--steps", "2", "--json", folder_("run.json")});
  expect_success(all);
  EXPECT_EQ(shape_of("results/a.png"), (Shape{1, 3, 6, 8}));
  EXPECT_EQ(shape_of("results/b.jpg"), (Shape{1, 3, 5, 9}));
  EXPECT_EQ(json::parse(read_text(folder_("run.json")))["images"].size(), 2U);
}

TEST_F(Commands, OneBadPictureOfManyIsNamed) {
  write_test_picture(folder_("a.png"), 6, 8);
  write_text(folder_("b.png"), "no picture");
  const Outcome outcome = run_program(
      with_tiny_prior({"restore", folder_("a.png"), folder_("b.png"), "-o", folder_("results"),
                       "--task", "denoise", "--steps", "2", "--quiet"}));
  EXPECT_EQ(outcome.code, 2);
  EXPECT_EQ(lines(outcome.err).size(), 1U);
  EXPECT_NE(outcome.err.find("b.png"), std::string::npos);
  EXPECT_FALSE(std::filesystem::exists(folder_("results/b.png")));
}

TEST_F(Commands, PicturesInARowAreRestoredAsEachAlone) {
  Arguments all = with_tiny_prior({"restore", "-o", folder_("results"), "--task",
                                   "inpaint(random:0.5,seed=1)", "--steps", "2", "--inner", "1",
                                   "--json", folder_("run.json"), "--reference", folder_("clean")});
  std::filesystem::create_directory(folder_("clean"));
  const Arguments names{"a.png", "b.png", "c.png", "d.png"};
  for (std::size_t i = 0; i < names.size(); ++i) {
    const int rows = 20 + 7 * static_cast<int>(i);
    write_test_picture(folder_(names[i]), rows, 30);
    write_test_picture(folder_("clean/" + names[i]), rows, 30);
    all.push_back(folder_(names[i]));
  }
  const Outcome outcome = expect_success(all);

  const json images = json::parse(read_text(folder_("run.json")))["images"];
  ASSERT_EQ(images.size(), names.size());
  const Arguments told = lines(outcome.err);
  ASSERT_EQ(told.size(), 2 * names.size());
  for (std::size_t i = 0; i < names.size(); ++i) {
    EXPECT_EQ(images[i]["input"], folder_(names[i]));
    EXPECT_EQ(told[2 * i].find(folder_(names[i]) + ": noise"), 0U);
    EXPECT_EQ(told[2 * i + 1].find(folder_("results/" + names[i]) + ": PSNR"), 0U);
    restore(names[i], "alone.png", {"--task", "inpaint(random:0.5,seed=1)"});
    EXPECT_TRUE(std::ranges::equal(read_image(folder_("results/" + names[i])).pixels.values(),
                                   read_image(folder_("alone.png")).pixels.values()));
  }
}

TEST_F(Commands, PicturesBeforeABadOneAreWrittenAndTold) {
  write_test_picture(folder_("a.png"), 6, 8);
  write_text(folder_("b.png"), "no picture");
  const Outcome outcome =
      run_program(with_tiny_prior({"restore", folder_("a.png"), folder_("b.png"), "-o",
                                   folder_("results"), "--task", "denoise", "--steps", "2"}));
  EXPECT_EQ(outcome.code, 2);
  const Arguments told = lines(outcome.err);
  ASSERT_EQ(told.size(), 3U);
  EXPECT_EQ(told[1].find(folder_("results/a.png")), 0U);
  EXPECT_NE(told[2].find(folder_("b.png")), std::string::npos);
  EXPECT_EQ(shape_of("results/a.png"), (Shape{1, 3, 6, 8}));
}

TEST_F(Commands, GreyStaysGrey) {
  write_test_picture(folder_("in.png"), 10, 12, 1);
  restore("in.png", "out.png", {"--task", "inpaint(random:0.5,seed=1)"});
  EXPECT_EQ(shape_of("out.png"), (Shape{1, 1, 10, 12}));
  expect_success(with_tiny_prior(
      {"denoise", folder_("in.png"), "-o", folder_("clean.png"), "--sigma", "0.1"}));
  EXPECT_EQ(shape_of("clean.png"), (Shape{1, 1, 10, 12}));
}

TEST_F(Commands, ColouriseMakesColourOfGrey) {
  write_test_picture(folder_("in.png"), 10, 12, 1);
  restore("in.png", "out.png", {"--task", "colourise"});
  EXPECT_EQ(shape_of("out.png"), (Shape{1, 3, 10, 12}));
}

TEST_F(Commands, AlphaIsKept) {
  write_test_picture(folder_("in.png"), 6, 8, 3, true);
  restore("in.png", "same.png", {"--task", "denoise"});
  const Image same = read_image(folder_("same.png"));
  ASSERT_TRUE(same.alpha.has_value());
  EXPECT_NEAR((*same.alpha)(0, 0, 0, 0), 0.2F, 0.01F);
  restore("in.png", "large.png", {"--task", "sr(2,mean)"});
  const Image large = read_image(folder_("large.png"));
  ASSERT_TRUE(large.alpha.has_value());
  EXPECT_EQ(large.alpha->shape(), (Shape{1, 1, 12, 16}));
}

TEST_F(Commands, OnePixelIsEnough) {
  write_test_picture(folder_("in.png"), 1, 1);
  restore("in.png", "out.png", {"--task", "denoise"});
  EXPECT_EQ(shape_of("out.png"), (Shape{1, 3, 1, 1}));
}

TEST_F(Commands, BlurWithoutBorderIsRestoredWithoutItsMargin) {
  write_test_picture(folder_("clean.png"), 20, 24);
  const std::string task = "blur(gaussian:5,1;boundary=valid)";
  degrade("clean.png", "in.png", {"--task", task});
  EXPECT_EQ(shape_of("in.png"), (Shape{1, 3, 16, 20}));
  restore("in.png", "out.png", {"--task", task, "--reference", folder_("clean.png")});
  EXPECT_EQ(shape_of("out.png"), (Shape{1, 3, 16, 20}));
}

TEST_F(Commands, StackedMeasurementNeedsTheSize) {
  write_test_picture(folder_("clean.png"), 6, 8);
  const std::string task = "stack(sr(2,mean),inpaint(rows:2))";
  degrade("clean.png", "in.npy", {"--task", task});
  restore("in.npy", "out.png", {"--task", task, "--size", "6x8", "--noise", "0"});
  EXPECT_EQ(shape_of("out.png"), (Shape{1, 3, 6, 8}));
}

TEST_F(Commands, ProjectionsAndAmplitudesGoThroughNpyFiles) {
  write_test_picture(folder_("clean.png"), 8, 12);
  const Arguments noise{"--noise", "0.01"};
  Arguments ct{"--task", "ct(6)"};
  ct.insert(ct.end(), noise.begin(), noise.end());
  degrade("clean.png", "ct.npy", ct);
  EXPECT_EQ(read_npy(folder_("ct.npy")).shape(), (Shape{1, 3, 6, 15}));
  ct.insert(ct.end(), {"--size", "8x12"});
  restore("ct.npy", "ct.png", ct);
  EXPECT_EQ(shape_of("ct.png"), (Shape{1, 3, 8, 12}));
  Arguments phase{"--task", "phase-retrieval"};
  phase.insert(phase.end(), noise.begin(), noise.end());
  degrade("clean.png", "phase.npy", phase);
  phase.insert(phase.end(), {"--restarts", "2"});
  restore("phase.npy", "phase.png", phase);
  EXPECT_EQ(shape_of("phase.png"), (Shape{1, 3, 8, 12}));
}

TEST_F(Commands, UncertaintyIsWrittenAsNumbersOrPicture) {
  write_test_picture(folder_("in.png"), 6, 8);
  const Arguments probes{"--task", "denoise", "--noise", "0.1", "--uncertainty-probes", "2"};
  Arguments numbers = probes;
  numbers.insert(numbers.end(), {"--uncertainty", folder_("deviation.npy")});
  restore("in.png", "out.png", numbers);
  const Tensor deviation = read_npy(folder_("deviation.npy"));
  EXPECT_EQ(deviation.shape(), (Shape{1, 3, 6, 8}));
  for (const float value : deviation.values()) EXPECT_GE(value, 0.0F);
  Arguments picture = probes;
  picture.insert(picture.end(), {"--uncertainty", folder_("deviation.png")});
  restore("in.png", "out.png", picture);
  EXPECT_EQ(shape_of("deviation.png"), (Shape{1, 3, 6, 8}));
}

TEST_F(Commands, CoverageOfTheDeviationIsToldWhenTheCleanPictureIsKnown) {
  write_test_picture(folder_("in.png"), 6, 8);
  restore(
      "in.png", "out.png",
      {"--task", "denoise", "--noise", "0.1", "--uncertainty-probes", "2", "--uncertainty",
       folder_("deviation.npy"), "--reference", folder_("in.png"), "--json", folder_("run.json")});
  const json image = json::parse(read_text(folder_("run.json"))).at("images").at(0);
  const auto shares = image.at("coverage").get<std::vector<double>>();
  ASSERT_EQ(shares.size(), 3U);
  EXPECT_GE(shares[0], 0);
  EXPECT_LE(shares[0], shares[1]);
  EXPECT_LE(shares[1], shares[2]);
  EXPECT_LE(shares[2], 1);
}

TEST_F(Commands, EverySolverSettingIsTaken) {
  write_test_picture(folder_("in.png"), 6, 8);
  restore("in.png", "out.png",
          {"--task", "denoise", "--direction", "vjp", "--transition", "deterministic",
           "--step-size", "0.5", "--covariance-probes", "1", "--sigma-max", "40", "--sigma-min",
           "0.1", "--threads", "1", "--bits", "16"});
  EXPECT_EQ(read_image(folder_("out.png")).bits, 16);
  expect_success(with_tiny_prior({"restore", folder_("in.png"), "-o", folder_("out.png"), "--task",
                                  "sr(2,bicubic)", "--solver", "diffpir", "--steps", "2",
                                  "--lambda", "3", "--zeta", "0.5"}));
  expect_success(with_tiny_prior({"restore", folder_("in.png"), "-o", folder_("out.png"), "--task",
                                  "denoise", "--solver", "ddrm(eta=0.5)", "--steps", "2",
                                  "--solver-setting", "eta_b=0.9", "--json", folder_("run.json")}));
  const std::string settings = json::parse(read_text(folder_("run.json")))["settings"].dump();
  for (const char* word : {"steps", "\"eta\"", "0.5", "eta_b", "0.9"}) {
    EXPECT_NE(settings.find(word), std::string::npos) << settings;
  }
}

TEST_F(Commands, SolversAreListed) {
  const std::string out = expect_success({"solvers"}).out;
  for (const char* word : {"vml-map\n", "ddnm+\n", "ICLR 2023", "zeta: "}) {
    EXPECT_NE(out.find(word), std::string::npos) << word;
  }
}

TEST_F(Commands, DenoiseAddsNothing) {
  write_test_picture(folder_("in.png"), 6, 8);
  const Arguments arguments =
      with_tiny_prior({"denoise", folder_("in.png"), "-o", folder_("a.png"), "--sigma", "0.05"});
  expect_success(arguments);
  const std::string first = read_text(folder_("a.png"));
  expect_success(arguments);
  EXPECT_EQ(read_text(folder_("a.png")), first);
}

TEST_F(Commands, MetricsOfEqualPictures) {
  write_test_picture(folder_("in.png"), 20, 24);
  const json metrics = json::parse(
      expect_success({"metrics", folder_("in.png"), folder_("in.png"), "--json", "-"}).out);
  EXPECT_TRUE(metrics["psnr"].is_null());
  EXPECT_NEAR(metrics["ssim"], 1.0, 1e-9);
}

TEST_F(Commands, InfoForecastsMemory) {
  const auto peak = [&](const std::string& size) {
    const Outcome outcome = expect_success(
        with_tiny_prior({"info", "--size", size, "--task", "sr(4,mean)", "--json", "-"}));
    const json info = json::parse(outcome.out);
    EXPECT_EQ(info["prior"]["family"], "natural");
    EXPECT_NEAR(info["task"]["operator_norm"], 0.25, 1e-3);
    EXPECT_GT(info["machine"]["cores"], 0);
    return info["forecast"]["peak_memory"].get<std::uint64_t>();
  };
  EXPECT_GT(peak("1024x1024"), peak("64x64") + 1024 * 1024 * 3 * 4);
}

TEST_F(Commands, InfoForecastsWhatMemoryAllows) {
  const auto info = [](const std::string& limit) {
    return with_tiny_prior({"info", "--size", "2000x3000", "--max-memory", limit, "--json", "-"});
  };
  const auto peak = [](const Outcome& outcome) {
    return json::parse(outcome.out)["forecast"]["peak_memory"].get<std::uint64_t>();
  };
  const Outcome roomy = expect_success(info("100G"));
  EXPECT_EQ(roomy.err.find("windows"), std::string::npos);
  const std::uint64_t limit = peak(roomy) - (20U << 20U);
  const Outcome tight = expect_success(info(std::to_string(limit)));
  EXPECT_NE(tight.err.find("overlapping windows"), std::string::npos);
  EXPECT_LE(peak(tight), limit);
  const Outcome little = run_program(info("50M"));
  EXPECT_EQ(little.code, 2);
  EXPECT_NE(little.err.find("needs"), std::string::npos) << little.err;
}

TEST_F(Commands, DenoiseKeepsToItsMemoryWithTheSameResult) {
  write_test_picture(folder_("in.png"), 1000, 1200);
  const auto denoise = [&](const std::string& output, const std::string& limit) {
    return with_tiny_prior({"denoise", folder_("in.png"), "-o", folder_(output), "--sigma", "0.1",
                            "--precision", "float32", "--max-memory", limit});
  };
  const Outcome little = run_program(denoise("none.png", "1M"));
  EXPECT_EQ(little.code, 2);
  const std::size_t needs = little.err.find("needs ");
  ASSERT_NE(needs, std::string::npos) << little.err;
  const int least = std::stoi(little.err.substr(needs + 6));
  const Outcome tight = expect_success(denoise("tight.png", std::to_string(least + 20) + "M"));
  EXPECT_NE(tight.err.find("overlapping windows"), std::string::npos) << tight.err;
  const Outcome roomy = expect_success(denoise("roomy.png", "10G"));
  EXPECT_EQ(roomy.err.find("overlapping windows"), std::string::npos) << roomy.err;
  EXPECT_TRUE(std::ranges::equal(read_image(folder_("tight.png")).pixels.values(),
                                 read_image(folder_("roomy.png")).pixels.values()));
}

TEST_F(Commands, ReportShowsEveryCase) {
  write_test_picture(folder_("a.png"), 16, 16);
  const Outcome outcome = expect_success(with_tiny_prior(
      {"report", "-o", folder_("out"), "--steps", "2", "--case", folder_("a.png"),
       "inpaint(random:0.5,seed=1)", "0", "--case", folder_("a.png"), "sr(2,mean)", "0.02"}));
  EXPECT_NE(outcome.out.find("inpaint(random:0.5,seed=1)"), std::string::npos);
  const std::string page = read_text(folder_("out/report.html"));
  EXPECT_NE(page.find("sr(2,mean)"), std::string::npos);
  EXPECT_NE(page.find("data:image/png;base64,"), std::string::npos);
  EXPECT_EQ(page.find("src=\"http"), std::string::npos);
  EXPECT_EQ(shape_of("out/2-a-restored.png"), (Shape{1, 3, 16, 16}));
}

}  // namespace
}  // namespace modeseek::test
