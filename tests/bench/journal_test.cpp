#include "bench/journal.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <limits>

#include "app/program.hpp"
#include "bench/row.hpp"
#include "bench/small_grid.hpp"
#include "modeseek/error.hpp"

namespace modeseek::bench {
namespace {

using test::read_text;
using test::write_text;

class JournalTest : public testing::Test {
 protected:
  std::string path() const { return folder_("journal.txt"); }

  /// A journal of three entries; returns its text.
  std::string write_three() {
    Journal journal(path(), "grid");
    for (const char* entry : {"first", "second, longer", "third"}) journal.append(entry);
    return read_text(path());
  }

  test::TemporaryFolder folder_;
};

TEST_F(JournalTest, KeepsItsEntries) {
  write_three();
  const std::vector<std::string> expected{"first", "second, longer", "third"};
  EXPECT_EQ(read_journal(path(), "grid"), expected);
  EXPECT_EQ(Journal(path(), "grid").entries(), expected);
}

TEST_F(JournalTest, CutOffAnywhereItKeepsTheWholeLinesBefore) {
  const std::string whole = write_three();
  const std::vector<std::string> all{"first", "second, longer", "third"};
  for (std::size_t length = 0; length < whole.size(); ++length) {
    const std::string part = whole.substr(0, length);
    write_text(path(), part);
    const auto lines = static_cast<std::size_t>(std::count(part.begin(), part.end(), '\n'));
    const std::vector<std::string> kept(all.begin(),
                                        all.begin() + static_cast<long>(lines > 0 ? lines - 1 : 0));
    EXPECT_EQ(read_journal(path(), "grid"), kept) << length;
    EXPECT_EQ(read_text(path()), part) << "reading changes nothing";
    Journal journal(path(), "grid");
    EXPECT_EQ(journal.entries(), kept) << length;
    for (std::size_t i = kept.size(); i < all.size(); ++i) journal.append(all[i]);
    EXPECT_EQ(read_text(path()), whole) << length;
  }
}

TEST_F(JournalTest, ALastLineOfGarbageIsDropped) {
  const std::string whole = write_three();
  write_text(path(), whole + std::string(40, '\0') + "\n");
  EXPECT_EQ(Journal(path(), "grid").entries().size(), 3U);
  EXPECT_EQ(read_text(path()), whole);
}

TEST_F(JournalTest, RefusesADamagedLineInTheMiddle) {
  std::string text = write_three();
  text[text.find("second")] = 'S';
  write_text(path(), text);
  EXPECT_THROW(Journal(path(), "grid"), FileError);
  EXPECT_EQ(read_text(path()), text) << "and leaves it alone";
}

TEST_F(JournalTest, BelongsToOneGridAndOneProcess) {
  write_three();
  EXPECT_THROW(Journal(path(), "another"), FileError);
  EXPECT_THROW(read_journal(path(), "another"), FileError);
  const Journal held(path(), "grid");
  EXPECT_THROW(Journal(path(), "grid"), FileError);
  EXPECT_EQ(read_journal(path(), "grid").size(), 3U) << "reports may be made meanwhile";
}

TEST_F(JournalTest, AnEntryIsOneLine) {
  Journal journal(path(), "grid");
  EXPECT_THROW(journal.append("two\nlines"), InvalidArgument);
  EXPECT_TRUE(read_journal(path(), "grid").empty());
}

Row some_row(const Job& job) {
  Row row;
  row.picture = job.first;
  row.task = job.task;
  row.noise = job.noise;
  row.solver = job.solver;
  row.settings = "steps=8";
  row.metrics = {std::numeric_limits<double>::infinity(), 0.1 + 0.2};
  row.residual_ratio = 1.0 / 3;
  row.stationarity = std::numeric_limits<double>::quiet_NaN();
  row.evaluations = 48;
  row.seconds = 0.125;
  return row;
}

TEST(JobLine, ReadsBackWhatItWrote) {
  const Grid grid = small_grid();
  const std::vector<Job> all = jobs(grid);
  const std::string line = job_line(5, {some_row(all[5])});
  const FinishedJob job = parse_job_line(line, grid, all);
  EXPECT_EQ(job.number, 5U);
  EXPECT_EQ(job_line(5, job.rows), line);
  EXPECT_EQ(job.rows[0].metrics, some_row(all[5]).metrics);
  EXPECT_EQ(job.rows[0].task, all[5].task);
  EXPECT_TRUE(std::isnan(job.rows[0].stationarity));
}

TEST(JobLine, RefusesWhatIsNotTheGrids) {
  const Grid grid = small_grid();
  const std::vector<Job> all = jobs(grid);
  EXPECT_THROW(parse_job_line("{", grid, all), InvalidArgument);
  EXPECT_THROW(parse_job_line("{\"job\":0,\"rows\":[]}", grid, all), InvalidArgument);
  EXPECT_THROW(parse_job_line(job_line(all.size(), {some_row(all[0])}), grid, all),
               InvalidArgument);
  Row row = some_row(all[0]);
  row.picture = 2;
  EXPECT_THROW(parse_job_line(job_line(0, {row}), grid, all), InvalidArgument);
  row = some_row(all[0]);
  row.metrics.pop_back();
  EXPECT_THROW(parse_job_line(job_line(0, {row}), grid, all), InvalidArgument);
}

}  // namespace
}  // namespace modeseek::bench
