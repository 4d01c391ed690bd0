#include "bench/run.hpp"

#include <chrono>
#include <filesystem>
#include <limits>
#include <memory>
#include <set>
#include <system_error>
#include <tuple>
#include <utility>

#include "bench/attempt.hpp"
#include "bench/grid_record.hpp"
#include "bench/journal.hpp"
#include "bench/reuse.hpp"
#include "bench/scene.hpp"
#include "modeseek/error.hpp"
#include "restoration/baseline.hpp"

namespace modeseek::bench {
namespace {

namespace fs = std::filesystem;
using Clock = std::chrono::steady_clock;

constexpr int kPictureBits = 8;

double work_of(const Plan& plan, const Job& job) {
  return plan[job].work * static_cast<double>(job.count);
}

bool same_scene(const Job& a, const Job& b) {
  const auto key = [](const Job& job) {
    return std::tuple(job.first, job.count, job.prior, job.seed, job.task, job.noise);
  };
  return key(a) == key(b);
}

std::string description(const Grid& grid, const Job& job) {
  const std::string& first = grid.pictures.at(job.first).name;
  return (job.count == 1 ? first : first + " and " + std::to_string(job.count - 1) + " more") +
         " " + grid.tasks.at(job.task) + " noise " + noise_text(grid, job.noise) + " " +
         solver_label(grid, job.solver);
}

/// Keeps count of the work, in network evaluations times pixels.
class Meter {
 public:
  Meter(const Plan& plan, const std::vector<Job>& all, const std::set<std::size_t>& done)
      : jobs_(all.size()), jobs_done_(done.size()) {
    for (std::size_t i = 0; i < all.size(); ++i) {
      const double work = work_of(plan, all[i]);
      total_ += work;
      if (done.count(i) != 0) done_ += work;
    }
    before_ = done_;
  }

  /// `part` of the job's work is done, 0 to 1.
  Standing standing(double job_work, double part, double pixels) const {
    const double elapsed = std::chrono::duration<double>(Clock::now() - start_).count();
    const double done = done_ + part * job_work;
    const double rate = elapsed > 0 ? (done - before_) / elapsed : 0;
    Standing standing;
    standing.jobs_done = jobs_done_;
    standing.jobs = jobs_;
    standing.share = total_ > 0 ? done / total_ : 1;
    standing.speed = rate / pixels;
    standing.seconds_left =
        rate > 0 ? (total_ - done) / rate : std::numeric_limits<double>::quiet_NaN();
    return standing;
  }

  void finish(double job_work) {
    done_ += job_work;
    ++jobs_done_;
  }

 private:
  std::size_t jobs_;
  std::size_t jobs_done_;
  double total_ = 0;
  double done_ = 0;
  double before_ = 0;
  Clock::time_point start_ = Clock::now();
};

class Bench {
 public:
  Bench(const Grid& grid, const Equipment& equipment, const Plan& plan, const Folder& folder,
        const BenchHooks& hooks, const Reuse& reuse)
      : grid_(grid),
        equipment_(equipment),
        plan_(plan),
        folder_(folder),
        hooks_(hooks),
        reuse_(reuse) {}

  void run(Journal& journal) {
    const std::vector<Job> all = jobs(grid_);
    std::set<std::size_t> done = finished(journal, all);
    take_over(all, journal, done);
    Meter meter(plan_, all, done);
    for (std::size_t i = 0; i < all.size(); ++i) {
      if (done.count(i) != 0) continue;
      const Attempt result = run_job(all[i], meter);
      hooks_.write([&] {
        // Each picture is on the disk before the journal says that the job is done.
        keep_results(all[i], result);
        journal.append(job_line(i, result.rows));
      });
      meter.finish(work_of(plan_, all[i]));
      tell(all[i], meter, 0, 0);
    }
  }

 private:
  std::set<std::size_t> finished(const Journal& journal, const std::vector<Job>& all) const {
    std::set<std::size_t> done;
    for (const std::string& line : journal.entries()) {
      try {
        done.insert(parse_job_line(line, grid_, all).number);
      } catch (const InvalidArgument& error) {
        throw FileError(folder_.journal(),
                        std::string("not a result of this bench: ") + error.what());
      }
    }
    return done;
  }

  /// Adds what other benches have done already.
  void take_over(const std::vector<Job>& all, Journal& journal, std::set<std::size_t>& done) const {
    for (std::size_t i = 0; i < all.size(); ++i) {
      if (done.count(i) != 0) continue;
      const auto rows = reuse_.rows(all[i]);
      if (!rows) continue;
      hooks_.write([&] {
        reuse_.copy_pictures(all[i], folder_);
        journal.append(job_line(i, *rows));
      });
      done.insert(i);
    }
  }

  Attempt run_job(const Job& job, const Meter& meter) {
    require_scene(job);
    const double work = work_of(plan_, job);
    tell(job, meter, work, 0);
    const auto progress = [&](const Progress& p) {
      return told(job, meter, work, p.total > 0 ? double(p.done) / p.total : 0);
    };
    return attempt(grid_, job, *scene_, equipment_, progress);
  }

  /// Solvers that follow one another share the measurement.
  void require_scene(const Job& job) {
    if (scene_ && same_scene(scene_job_, job)) return;
    scene_.reset();
    scene_ = std::make_unique<Scene>(
        make_scene(grid_, job, equipment_.priors.at(job.prior)->constraints()));
    scene_job_ = job;
    hooks_.write([&] { keep_scene(job); });
  }

  static void write(const std::string& path, const Image& picture) {
    write_image(path, picture, kPictureBits);
  }

  void keep_scene(const Job& job) const {
    for (std::size_t i = 0; i < job.count; ++i) {
      const std::size_t picture = job.first + i;
      if (!keeps_picture(grid_, job, picture)) continue;
      Image clean;
      clean.pixels = scene_->clean[i];
      write(folder_.picture(grid_, job, picture, "clean"), clean);
      write(folder_.picture(grid_, job, picture, "degraded"),
            as_seen(scene_->posed, scene_->measured[i]));
    }
  }

  void keep_results(const Job& job, const Attempt& result) const {
    for (std::size_t i = 0; i < result.pictures.size(); ++i) {
      if (!keeps_picture(grid_, job, job.first + i)) continue;
      Image picture;
      picture.pixels = result.pictures[i];
      write(folder_.result(grid_, job, job.first + i), picture);
    }
  }

  bool told(const Job& job, const Meter& meter, double work, double part) const {
    const auto pixels = static_cast<double>(scene_->posed.op->domain().plane());
    Standing standing = meter.standing(work, part, pixels);
    standing.job = description(grid_, job);
    return hooks_.progress(standing);
  }

  void tell(const Job& job, const Meter& meter, double work, double part) const {
    if (!told(job, meter, work, part)) throw Cancelled();
  }

  const Grid& grid_;
  const Equipment& equipment_;
  const Plan& plan_;
  const Folder& folder_;
  const BenchHooks& hooks_;
  const Reuse& reuse_;
  std::unique_ptr<Scene> scene_;
  Job scene_job_;
};

/// Temporary files of a run that was killed while it wrote a picture.
void remove_leftovers(const std::string& pictures) {
  std::error_code error;
  for (const auto& entry : fs::directory_iterator(pictures, error)) {
    if (entry.path().extension() == ".tmp") fs::remove(entry.path(), error);
  }
}

}  // namespace

void run_bench(const Grid& grid, const Equipment& equipment, const Plan& plan, const Folder& folder,
               const std::string& command, const BenchHooks& hooks,
               const std::vector<std::string>& folders_to_reuse) {
  validate(grid);
  const Reuse reuse(folders_to_reuse, grid, plan);
  const Json record = grid_json(grid);
  hooks.write([&] { folder.claim(record, command); });
  Journal journal(folder.journal(), grid_hash(record));
  remove_leftovers(folder.pictures());
  Bench(grid, equipment, plan, folder, hooks, reuse).run(journal);
}

}  // namespace modeseek::bench
