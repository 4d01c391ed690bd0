#include "bench/run.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <filesystem>
#include <functional>
#include <tuple>

#include "app/program.hpp"
#include "bench/grid_record.hpp"
#include "bench/journal.hpp"
#include "bench/report.hpp"
#include "bench/request.hpp"
#include "modeseek/error.hpp"
#include "modeseek/image.hpp"
#include "modeseek/prior.hpp"
#include "modeseek/solver_registry.hpp"
#include "restoration/noise_stream.hpp"

namespace modeseek::bench {
namespace {

using test::read_text;

/// A solver that refuses, or breaks down.
class Broken : public Solver {
 public:
  Result solve(Denoiser&, const Operator&, const Tensor& y, float,
               const RunOptions&) const override {
    if (y.shape().h < 16) throw InvalidArgument("too small for it");
    Result result;
    result.image = Tensor(y.shape(), std::nanf(""));
    result.certificates.resize(static_cast<std::size_t>(y.shape().n));
    return result;
  }
  std::string name() const override { return "broken"; }
  std::string settings() const override { return ""; }
  std::pair<int, int> expected_evaluations() const override { return {1, 0}; }
};

std::unique_ptr<Solver> make(const std::string& text, const Operator& op, float noise) {
  return make_solver(SolverSpec::parse(text), op, noise);
}

/// Tiny pictures, a Gaussian prior, two quick solvers and the baseline.
class RunTest : public testing::Test {
 protected:
  RunTest() {
    for (const char* name : {"a.png", "b.png", "c.png"}) {
      test::write_test_picture(folder_(name), 20, 18);
    }
    std::vector<double> covariance(kPixels * kPixels, 0.0);
    for (std::size_t i = 0; i < kPixels; ++i) covariance[i * kPixels + i] = 0.25;
    prior_ = make_gaussian_prior(std::vector<double>(kPixels, 0.0), covariance);
    equipment_.priors = {prior_.get()};
    equipment_.make_solver = make;
    equipment_.metrics = standard_metrics();
    request_.inputs = {folder_.path()};
    request_.crop = 8;
    request_.tasks = {"inpaint(rows:2)", "sr(2,mean)"};
    request_.noises = {0.0F, 0.1F};
    request_.solvers = {"vml-map(steps=2,inner_steps=1)", "diffpir(steps=3)", kBaseline};
    request_.priors = {{"gaussian", "0", "float32"}};
    request_.metrics = {"psnr", "ssim"};
    hooks_.progress = [](const Standing&) { return true; };
    hooks_.write = [](const std::function<void()>& write) { write(); };
  }

  static constexpr std::size_t kPixels = 3 * 8 * 8;

  /// Runs the request in `out` and returns its rows.csv.
  std::string run(const std::string& out) {
    Grid grid = make_grid(request_);
    const Plan plan(grid, equipment_);
    grid.settings = plan.settings();
    const Folder folder(out_(out));
    run_bench(grid, equipment_, plan, folder, "modeseek bench", hooks_, reused_);
    results_ = read_results(folder);
    write_reports(results_, folder);
    return read_text(folder("rows.csv"));
  }

  test::TemporaryFolder folder_;
  test::TemporaryFolder out_;
  std::unique_ptr<Denoiser> prior_;
  Equipment equipment_;
  Request request_;
  BenchHooks hooks_;
  std::vector<std::string> reused_;
  Results results_;
};

TEST_F(RunTest, OneRowForEveryCombination) {
  const std::string csv = run("out");
  EXPECT_EQ(test::lines(csv).size(), 1U + 3 * 2 * 2 * 3);
  for (const Row& row : results_.rows) {
    EXPECT_EQ(row.status, Status::ok) << row.reason;
    EXPECT_GT(row.metrics.at(0), 5.0);
    EXPECT_LE(row.metrics.at(1), 1.0);
    EXPECT_GT(row.peak_memory, 0U);
    const bool baseline = row.solver == 2;
    EXPECT_EQ(row.evaluations > 0, !baseline);
    EXPECT_EQ(std::isnan(row.stationarity), baseline);
  }
}

TEST_F(RunTest, ResultsDoNotDependOnTheBatch) {
  const std::string single = run("single");
  request_.batch = 2;
  EXPECT_EQ(run("pairs"), single);
}

TEST_F(RunTest, TheSameAgainWhereverItWasCancelled) {
  const std::string whole = run("whole");
  std::size_t calls = 0;
  int attempts = 0;
  const auto cancelled_at = [&](std::size_t limit) {
    hooks_.progress = [&calls, limit](const Standing&) { return ++calls < limit; };
    calls = 0;
    try {
      run("parts");
      return false;
    } catch (const Cancelled&) {
      return true;
    }
  };
  while (cancelled_at(25)) ASSERT_LT(++attempts, 100);
  EXPECT_GT(attempts, 3);
  EXPECT_EQ(read_text(out_("parts/rows.csv")), whole);
}

TEST_F(RunTest, AnotherGridIsRefusedInTheSameFolder) {
  run("out");
  request_.noises.push_back(0.2F);
  try {
    run("out");
    FAIL();
  } catch (const InvalidArgument& error) {
    EXPECT_NE(std::string(error.what()).find("'noise'"), std::string::npos) << error.what();
  }
}

TEST_F(RunTest, AMethodWithoutAFormForATaskSaysWhy) {
  equipment_.make_solver = [](const std::string& text, const Operator& op, float noise) {
    if (text.rfind("diffpir", 0) == 0 && op.range() != op.domain()) {
      throw NotApplicable("diffpir", "it wants all pixels");
    }
    return make(text, op, noise);
  };
  const std::string csv = run("out");
  EXPECT_NE(csv.find("not applicable,it wants all pixels"), std::string::npos) << csv;
  ASSERT_EQ(exceptions(results_).size(), 1U);
  EXPECT_NE(exceptions(results_)[0].find("sr(2,mean)"), std::string::npos);
  EXPECT_NE(read_text(out_("out/report.html")).find("it wants all pixels"), std::string::npos);
}

TEST_F(RunTest, AMethodThatBreaksDownDoesNotStopTheOthers) {
  request_.crop = 16;
  request_.noises = {0.0F};
  std::vector<MixtureComponent> components(1);
  components[0].mean.assign(3 * 16 * 16, 0.0);
  prior_ = make_mixture_prior(components);
  equipment_.priors = {prior_.get()};
  equipment_.make_solver = [](const std::string& text, const Operator& op, float noise) {
    if (text.rfind("diffpir", 0) == 0) return std::unique_ptr<Solver>(new Broken);
    return make(text, op, noise);
  };
  run("out");
  for (const Row& row : results_.rows) {
    const bool broken = row.solver == 1;
    EXPECT_EQ(row.status, broken ? Status::failed : Status::ok);
    if (broken) {
      EXPECT_EQ(row.reason,
                row.task == 0 ? "the result holds NaN or infinite values" : "too small for it");
    }
  }
}

TEST_F(RunTest, KeepsPicturesOfTheFirstOnes) {
  request_.kept_pictures = 1;
  run("out");
  const Grid& grid = results_.record.grid;
  const Folder folder(out_("out"));
  const Job job{0, 0, 0, 0, 1, 0, 1};
  const Image degraded = read_image(folder.picture(grid, job, 0, "degraded"));
  EXPECT_EQ(degraded.pixels(0, 0, 1, 0), -1.0F) << "missing rows are black";
  EXPECT_GT(degraded.pixels(0, 0, 0, 0), -1.0F);
  EXPECT_EQ(read_image(folder.result(grid, job, 0)).pixels.shape(), (Shape{1, 3, 8, 8}));
  EXPECT_THROW(read_image(folder.result(grid, job, 1)), FileError);
  EXPECT_NE(read_text(folder("report.html")).find("data:image/png;base64,"), std::string::npos);
}

TEST_F(RunTest, TakesOverWhatAnotherBenchHasDone) {
  request_.kept_pictures = 1;
  const std::string whole = run("whole");
  const std::vector<Row> rows = results_.rows;
  const Grid grid = results_.record.grid;

  // Another order, one setting and one task changed: the rest is taken over, seconds and all.
  request_.solvers = {kBaseline, "vml-map(steps=2,inner_steps=1)", "diffpir(steps=4)"};
  request_.tasks = {"sr(2,mean)", "inpaint(rows:3)"};
  const std::string fresh = run("fresh");
  reused_ = {out_("whole")};
  EXPECT_EQ(run("reusing"), fresh);
  const auto cell = [](const Grid& of, const Row& row) {
    return std::tuple(row.picture, of.tasks.at(row.task), of.noises.at(row.noise),
                      of.solvers.at(row.solver).text, row.seconds);
  };
  int taken_over = 0;
  for (const Row& row : results_.rows) {
    taken_over += std::any_of(rows.begin(), rows.end(), [&](const Row& before) {
      return cell(grid, before) == cell(results_.record.grid, row);
    });
  }
  EXPECT_EQ(taken_over, 3 * 1 * 2 * 2) << "pictures x tasks x noise levels x solvers";
  const Job job{0, 0, 0, 0, 1, 0, 1};
  EXPECT_EQ(read_text(Folder(out_("reusing")).result(results_.record.grid, job, 0)),
            read_text(Folder(out_("fresh")).result(results_.record.grid, job, 0)));
}

TEST_F(RunTest, RunsAgainWhatHasLostItsPicture) {
  request_.kept_pictures = 1;
  run("whole");
  const Job job{0, 0, 0, 0, 1, 0, 1};
  std::filesystem::remove(Folder(out_("whole")).result(results_.record.grid, job, 0));
  const std::vector<Row> rows = results_.rows;
  reused_ = {out_("whole")};
  run("reusing");
  int taken_over = 0;
  for (std::size_t i = 0; i < rows.size(); ++i) {
    taken_over += results_.rows[i].seconds == rows[i].seconds ? 1 : 0;
  }
  EXPECT_EQ(static_cast<std::size_t>(taken_over), rows.size() - 1);
}

/// The grid of a folder, changed by hand, with the journal that belongs to it.
void rewrite_record(const std::string& path, const std::function<void(Json&)>& change) {
  auto record = Json::parse(read_text(path + "/grid.json"));
  const std::string before = grid_hash(record["grid"]);
  change(record["grid"]);
  test::write_text(path + "/grid.json", record.dump());
  std::filesystem::rename(path + "/journal.txt", path + "/old.txt");
  Journal journal(path + "/journal.txt", grid_hash(record["grid"]));
  for (const std::string& entry : read_journal(path + "/old.txt", before)) journal.append(entry);
}

TEST_F(RunTest, MeasurementsOfAnotherNoiseStreamAreNotTakenOver) {
  run("whole");
  const std::vector<Row> rows = results_.rows;
  rewrite_record(out_("whole"), [](Json& grid) {
    EXPECT_EQ(grid["noise_stream"], noise_stream);
    grid.erase("noise_stream");  // as of a bench before it was recorded
  });
  reused_ = {out_("whole")};
  run("reusing");
  for (std::size_t i = 0; i < rows.size(); ++i) {
    EXPECT_EQ(results_.rows[i].seconds == rows[i].seconds, rows[i].noise == 0) << i;
  }
}

TEST_F(RunTest, ATaskWhoseFileHasChangedIsAnotherTask) {
  const std::string mask = out_("mask.npy");
  const auto write_mask = [&](std::int64_t hole) {
    Tensor known(Shape{1, 1, 8, 8}, 1.0F);
    known(0, 0, hole, 2) = 0.0F;
    write_npy(mask, known);
  };
  write_mask(1);
  request_.tasks = {"inpaint(mask=" + mask + ")", "sr(2,mean)"};
  run("whole");
  const std::vector<Row> rows = results_.rows;
  write_mask(3);
  EXPECT_THROW(run("whole"), InvalidArgument);
  reused_ = {out_("whole")};
  run("reusing");
  for (std::size_t i = 0; i < rows.size(); ++i) {
    EXPECT_EQ(results_.rows[i].seconds == rows[i].seconds, rows[i].task == 1) << i;
  }
}

TEST_F(RunTest, OtherMetricsAreNotTakenOver) {
  run("whole");
  reused_ = {out_("whole")};
  request_.metrics = {"psnr"};
  equipment_.metrics.pop_back();
  EXPECT_THROW(run("metrics"), InvalidArgument);
  reused_ = {out_("nowhere")};
  EXPECT_THROW(run("missing"), FileError);
}

TEST_F(RunTest, SolversAreToldTheNoise) {
  run("out");
  for (const Row& row : results_.rows) EXPECT_EQ(row.noise_level, row.noise == 0 ? 1e-6F : 0.1F);
}

TEST_F(RunTest, MeasurementsOfOtherExtentsHaveTheirPlace) {
  request_.tasks = {"stack(sr(4,mean),inpaint(grid:4))", "blur(uniform:3;boundary=valid)"};
  request_.kept_pictures = 1;
  run("out");
  for (const Row& row : results_.rows) EXPECT_EQ(row.status, Status::ok) << row.reason;
}

TEST_F(RunTest, PresetsGiveTasksAndTheUserOverridesThem) {
  request_.preset = "paper";
  request_.tasks.clear();
  request_.noises.clear();
  const Grid paper = make_grid(request_);
  EXPECT_EQ(paper.tasks.size(), 8U);
  EXPECT_EQ(paper.tasks[1], "inpaint(box:50%)");
  EXPECT_EQ(paper.noises, (std::vector<float>{0.0F, 0.02F, 0.1F}));
  request_.tasks = {"denoise"};
  EXPECT_EQ(make_grid(request_).tasks, std::vector<std::string>{"denoise"});
  request_.preset = "papers";
  EXPECT_THROW(make_grid(request_), InvalidArgument);
}

TEST_F(RunTest, LimitsNameASolverThatTakesPart) {
  request_.limits = {"diffpir=1"};
  EXPECT_EQ(make_grid(request_).solvers[1].limit, std::optional<std::size_t>(1));
  for (const char* wrong : {"diffpir", "diffpir=", "diffpir=x", "ddrm=2"}) {
    request_.limits = {wrong};
    EXPECT_THROW(make_grid(request_), InvalidArgument) << wrong;
  }
}

TEST_F(RunTest, ACropLargerThanThePictureIsRefusedByName) {
  request_.crop = 19;
  try {
    make_grid(request_);
    FAIL();
  } catch (const FileError& error) {
    EXPECT_NE(std::string(error.what()).find("a.png"), std::string::npos);
  }
}

}  // namespace
}  // namespace modeseek::bench
