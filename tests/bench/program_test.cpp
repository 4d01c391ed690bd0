// A bench as a user runs it, and kills it.

#include "app/program.hpp"

#include <gtest/gtest.h>

#include <chrono>
#include <csignal>
#include <filesystem>
#include <thread>

#include "app/metric_weights.hpp"

namespace modeseek::test {
namespace {

using Arguments = std::vector<std::string>;

class BenchProgram : public testing::Test {
 protected:
  BenchProgram() {
    std::filesystem::create_directory(folder_("photos"));
    for (const char* name : {"a.png", "b.png", "c.png"}) {
      write_test_picture(folder_(std::string("photos/") + name), 16, 20);
    }
    write_test_picture(folder_("photos/grey.png"), 16, 20, 1);
  }

  Arguments bench(const std::string& out, const Arguments& more = {}) const {
    Arguments all = with_tiny_prior({"bench", folder_("photos"), "-o", folder_(out), "--crop", "16",
                                     "--task", "inpaint(rows:2)", "--task", "sr(2,mean)", "--noise",
                                     "0,0.05", "--solver", "vml-map(steps=2,inner_steps=1)",
                                     "--solver", "diffpir(steps=3)", "--solver", "pseudo-inverse"});
    all.insert(all.end(), more.begin(), more.end());
    return all;
  }

  std::size_t journal_size(const std::string& out) const {
    std::error_code error;
    const auto size = std::filesystem::file_size(folder_(out + "/journal.txt"), error);
    return error ? 0 : static_cast<std::size_t>(size);
  }

  /// Starts the bench and kills it once its journal has grown to `size` bytes; false when it ended
  /// before.
  bool kill_at(const std::string& out, std::size_t size) const {
    Program program(bench(out));
    bool grown = false;
    for (int i = 0; i < 20000 && !grown; ++i) {
      grown = journal_size(out) >= size;
      if (!grown) std::this_thread::sleep_for(std::chrono::milliseconds(1));
    }
    program.send(SIGKILL);
    return grown && program.wait().code == -1;
  }

  TemporaryFolder folder_;
};

TEST_F(BenchProgram, KilledTenTimesItEndsWithTheSameTable) {
  const Outcome whole = run_program(bench("whole"));
  ASSERT_EQ(whole.code, 0) << whole.err;
  const std::size_t length = journal_size("whole");
  int killed = 0;
  for (std::size_t i = 0; i < 10; ++i) killed += kill_at("parts", i * length / 14) ? 1 : 0;
  EXPECT_GE(killed, 8) << "a run may end before the signal arrives, but not often";
  // Tear the last line as a power cut would.
  const std::string journal = read_text(folder_("parts/journal.txt"));
  write_text(folder_("parts/journal.txt"), journal.substr(0, journal.size() - 7));
  const Outcome rest = run_program(bench("parts"));
  ASSERT_EQ(rest.code, 0) << rest.err;
  EXPECT_EQ(read_text(folder_("parts/rows.csv")), read_text(folder_("whole/rows.csv")));
  EXPECT_EQ(lines(read_text(folder_("parts/journal.txt"))).size(), 1U + 4 * 2 * 2 * 3);
  const Outcome again = run_program(bench("parts"));
  EXPECT_EQ(again.code, 0) << again.err;
  EXPECT_EQ(read_text(folder_("parts/rows.csv")), read_text(folder_("whole/rows.csv")));
}

TEST_F(BenchProgram, WritesEveryReportAndCanDoSoAgain) {
  const Outcome outcome = run_program(bench("out", {"--count", "1"}));
  ASSERT_EQ(outcome.code, 0) << outcome.err;
  EXPECT_NE(outcome.out.find("diffpir"), std::string::npos);
  EXPECT_NE(outcome.err.find("report.html"), std::string::npos);
  const Arguments reports{"rows.csv",   "costs.csv", "results.json", "summary.csv",
                          "summary.md", "cost.svg",  "noise.svg",    "report.html"};
  const std::string csv = read_text(folder_("out/rows.csv"));
  for (const std::string& report : reports) {
    EXPECT_FALSE(read_text(folder_("out/" + report)).empty()) << report;
    std::filesystem::remove(folder_("out/" + report));
  }
  std::filesystem::remove_all(folder_("photos"));
  const Outcome again = run_program({"bench", "--report", folder_("out")});
  ASSERT_EQ(again.code, 0) << again.err;
  for (const std::string& report : reports) {
    EXPECT_FALSE(read_text(folder_("out/" + report)).empty()) << report;
  }
  EXPECT_EQ(read_text(folder_("out/rows.csv")), csv);
}

TEST_F(BenchProgram, ASolverMoreCostsItsOwnRunsOnly) {
  ASSERT_EQ(run_program(bench("two")).code, 0);
  const Outcome three =
      run_program(bench("three", {"--solver", "ddnm(steps=2)", "--reuse", folder_("two")}));
  ASSERT_EQ(three.code, 0) << three.err;
  const Outcome fresh = run_program(bench("fresh", {"--solver", "ddnm(steps=2)"}));
  ASSERT_EQ(fresh.code, 0) << fresh.err;
  EXPECT_EQ(read_text(folder_("three/rows.csv")), read_text(folder_("fresh/rows.csv")));
}

TEST_F(BenchProgram, MeasuresLpipsAndRemembersItsWeights) {
  const std::string alex = folder_("alex.safetensors");
  const std::string vgg = folder_("vgg.safetensors");
  write_metric_weights(alex, "lpips_alex.txt");
  write_metric_weights(vgg, "lpips_vgg.txt");
  std::filesystem::create_directory(folder_("large"));
  write_test_picture(folder_("large/a.png"), 32, 32);
  const auto command = [&](const std::string& out, const Arguments& more) {
    Arguments all = with_tiny_prior({"bench", folder_("large"), "-o", folder_(out), "--task",
                                     "sr(2,mean)", "--solver", "pseudo-inverse"});
    all.insert(all.end(), more.begin(), more.end());
    return all;
  };
  const auto refuses = [](const Arguments& arguments, const std::string& hint) {
    const Outcome outcome = run_program(arguments);
    EXPECT_EQ(outcome.code, 2) << outcome.err;
    EXPECT_NE(outcome.err.find(hint), std::string::npos) << outcome.err;
  };
  const Outcome first = run_program(command("alex", {"--lpips", alex}));
  ASSERT_EQ(first.code, 0) << first.err;
  const auto rows = lines(read_text(folder_("alex/rows.csv")));
  EXPECT_NE(rows.at(0).find(",psnr,ssim,lpips,"), std::string::npos) << rows.at(0);
  EXPECT_NE(read_text(folder_("alex/summary.md")).find("LPIPS"), std::string::npos);
  refuses(command("alex", {}), "'metrics'");
  refuses(command("alex", {"--lpips", vgg}), "'lpips_hash'");
  refuses(command("new", {"--lpips", vgg, "--reuse", folder_("alex")}), "LPIPS weights");
  const Outcome taken =
      run_program(command("taken", {"--lpips", alex, "--reuse", folder_("alex")}));
  ASSERT_EQ(taken.code, 0) << taken.err;
  EXPECT_EQ(read_text(folder_("taken/rows.csv")), read_text(folder_("alex/rows.csv")));
  refuses(command("small", {"--lpips", alex, "--crop", "16"}), "a.png: LPIPS");
}

TEST_F(BenchProgram, MistakesAreOneLine) {
  const auto refuses = [this](const Arguments& arguments, const std::string& hint) {
    const Outcome outcome = run_program(arguments);
    EXPECT_EQ(outcome.code, 2) << outcome.err;
    EXPECT_EQ(lines(outcome.err).size(), 1U) << outcome.err;
    EXPECT_NE(outcome.err.find(hint), std::string::npos) << outcome.err;
  };
  refuses({"bench"}, "no pictures");
  refuses({"bench", folder_("photos")}, "-o");
  refuses({"bench", "--report", folder_("photos")}, "holds no bench");
  refuses(bench("x", {"--solver", "nonsense"}), "nonsense");
  refuses(bench("x", {"--limit", "ddrm=2"}), "ddrm");
  refuses(bench("x", {"--preset", "nonsense"}), "kodak");
  refuses(with_tiny_prior({"bench", folder_("photos"), "-o", folder_("x"), "--crop", "17", "--task",
                           "denoise"}),
          "a.png");
  ASSERT_EQ(run_program(bench("out", {"--count", "1"})).code, 0);
  refuses(bench("out"), "'pictures'");
  refuses(bench("y", {"--reuse", folder_("photos")}), "holds no bench");
  refuses(with_tiny_prior({"bench", folder_("photos"), "-o", folder_("y"), "--reuse",
                           folder_("out"), "--crop", "8", "--task", "denoise"}),
          "crop is 16, expected 8");
}

}  // namespace
}  // namespace modeseek::test
