#include "bench/page.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <filesystem>
#include <system_error>

#include "bench/charts.hpp"
#include "report/file_bytes.hpp"
#include "report/page.hpp"
#include "report/text.hpp"

namespace modeseek::bench {
namespace {

namespace fs = std::filesystem;
using report::escape_html;
using report::read_bytes;

/// Says so when the bench is not finished.
std::string progress_note(const Results& results) {
  std::size_t wanted = 0;
  for (const Job& job : jobs(results.record.grid)) wanted += job.count;
  const std::size_t done = results.rows.size();
  return done < wanted ? fmt::format(" Not finished: {} of {} rows.", done, wanted) : std::string();
}

std::string introduction(const Results& results) {
  const Record& record = results.record;
  const Grid& grid = record.grid;
  std::string priors;
  for (const GridPrior& prior : grid.priors) {
    priors += (priors.empty() ? "" : ", ") + prior.name + " (" + prior.hash + ", " +
              prior.precision + ")";
  }
  return fmt::format(
             "modeseek {}, {} pictures{}, {} seed{}, prior {}. All solvers restore the same "
             "measurements "
             "with the same prior. Noise is stated on the [0, 1] scale. Intervals are 95 % "
             "bootstrap "
             "intervals of the mean over pictures. Results are clipped to [0, 1], not rounded.",
             record.version, grid.pictures.size(),
             grid.crop > 0 ? fmt::format(" ({0} x {0} centre crops)", grid.crop) : std::string(),
             grid.seeds.size(), grid.seeds.size() == 1 ? "" : "s", priors) +
         progress_note(results);
}

std::string quality_note(const Results& results) {
  std::size_t fewest = results.record.grid.pictures.size();
  for (const CellSummary& cell : results.cells) fewest = std::min(fewest, cell.common_pictures);
  return fmt::format(
      "Mean over the pictures that all solvers of a column restored ({} at least), and half the "
      "width of the 95 % interval; the best in bold.",
      fewest);
}

constexpr const char* kVerdictNote =
    "The first solver against the best other method of each cell. The best is the one furthest "
    "ahead of the first, or least behind it, on the pictures that it shares with the first. "
    "Everything in a row is over the pictures that its two solvers restored. The cost is in "
    "network "
    "evaluations, a vector-Jacobian product counted as two. Bold: the other one is better by more "
    "than the interval.";

constexpr const char* kEveryCellNote =
    "Means are over each solver's own pictures, so rows with different numbers of pictures are not "
    "to be compared by them; 'against the first' is paired, over what both restored.";

/// Heading and table of each prior and noise level.
std::vector<std::pair<std::string, report::DataTable>> quality_tables(const Results& results) {
  const Grid& grid = results.record.grid;
  std::vector<std::pair<std::string, report::DataTable>> tables;
  for (std::size_t prior = 0; prior < grid.priors.size(); ++prior) {
    for (std::size_t noise = 0; noise < grid.noises.size(); ++noise) {
      std::string title = metric_label(grid.metrics.front()) + ", noise " + noise_text(grid, noise);
      if (grid.priors.size() > 1) title += ", prior " + grid.priors[prior].name;
      tables.emplace_back(std::move(title), quality_table(results, prior, noise));
    }
  }
  return tables;
}

std::string charts_html(const Results& results) {
  std::string html;
  for (std::size_t prior = 0; prior < results.record.grid.priors.size(); ++prior) {
    html += report::chart_svg(cost_chart(results, prior));
    if (const auto chart = noise_chart(results, prior)) html += report::chart_svg(*chart);
  }
  return html;
}

/// The kept pictures of one cell: a row a picture, a figure a solver.
class PictureGrid {
 public:
  PictureGrid(const Results& results, const Folder& folder, const CellSummary& cell)
      : results_(results), grid_(results.record.grid), folder_(folder), cell_(cell) {}

  std::string html() const {
    std::vector<report::PictureRow> rows;
    const std::size_t kept = std::min(grid_.kept_pictures, grid_.pictures.size());
    for (std::size_t picture = 0; picture < kept; ++picture) {
      report::PictureRow row{grid_.pictures[picture].name, figures(picture)};
      if (row.figures.size() > 2) rows.push_back(std::move(row));
    }
    if (rows.empty()) return {};
    std::string title = grid_.tasks.at(cell_.task) + ", noise " + noise_text(grid_, cell_.noise);
    if (grid_.priors.size() > 1) title += ", prior " + grid_.priors.at(cell_.prior).name;
    return "<section><h2>" + escape_html(title) + "</h2>\n" + report::picture_rows_html(rows) +
           "</section>\n";
  }

 private:
  std::vector<report::Figure> figures(std::size_t picture) const {
    Job job{cell_.prior, cell_.task, cell_.noise, 0, 0, picture, 1};
    std::vector<report::Figure> all;
    add(all, "clean", folder_.picture(grid_, job, picture, "clean"));
    add(all, "degraded", folder_.picture(grid_, job, picture, "degraded"));
    for (job.solver = 0; job.solver < grid_.solvers.size(); ++job.solver) {
      if (const Row* row = find(job, picture)) {
        add(all, caption(*row), folder_.result(grid_, job, picture));
      }
    }
    return all;
  }

  const Row* find(const Job& job, std::size_t picture) const {
    const auto found =
        std::find_if(results_.rows.begin(), results_.rows.end(), [&](const Row& row) {
          return row.status == Status::ok && row.picture == picture && row.prior == job.prior &&
                 row.task == job.task && row.noise == job.noise && row.seed == job.seed &&
                 row.solver == job.solver;
        });
    return found == results_.rows.end() ? nullptr : &*found;
  }

  /// The solver's name, and what it achieved on a second line.
  std::string caption(const Row& row) const {
    std::string values;
    for (std::size_t i = 0; i < grid_.metrics.size(); ++i) {
      const std::string& metric = grid_.metrics[i];
      values += values.empty() ? "" : ", ";
      values += metric == "psnr" ? report::decibel(row.metrics[i]) + " dB"
                                 : fmt::format("{} {:.3f}", metric, row.metrics[i]);
    }
    return solver_label(grid_, row.solver) + "\n" + values;
  }

  static void add(std::vector<report::Figure>& figures, std::string text, const std::string& path) {
    std::error_code error;
    if (fs::exists(path, error)) figures.push_back({std::move(text), read_bytes(path)});
  }

  const Results& results_;
  const Grid& grid_;
  const Folder& folder_;
  const CellSummary& cell_;
};

std::string exceptions_html(const Results& results) {
  const std::vector<std::string> lines = exceptions(results);
  if (lines.empty()) return {};
  std::string html = "<h2>Not computed</h2>\n<ul>\n";
  for (const std::string& line : lines) html += "<li>" + escape_html(line) + "</li>\n";
  return html + "</ul>\n";
}

}  // namespace

std::string report_page(const Results& results, const Folder& folder) {
  std::string body = "<p>" + escape_html(introduction(results)) + "</p>\n<p><code>" +
                     escape_html(results.record.command) + "</code></p>\n";
  body += "<p>" + escape_html(quality_note(results)) + "</p>\n";
  for (const auto& [title, table] : quality_tables(results)) {
    body += "<h3>" + escape_html(title) + "</h3>\n" + report::html_table(table);
  }
  body += charts_html(results);
  if (!results.verdicts.empty()) {
    body += "<h2>The first solver and its best rival</h2>\n<p>" + escape_html(kVerdictNote) +
            "</p>\n" + report::html_table(verdict_table(results));
  }
  body += "<h2>Cost of a picture</h2>\n" + report::html_table(cost_table(results));
  body += exceptions_html(results);
  body += "<details><summary>Every cell</summary>\n<p>" + escape_html(kEveryCellNote) + "</p>\n" +
          report::html_table(summary_table(results)) + "</details>\n";
  for (const CellSummary& cell : results.cells) body += PictureGrid(results, folder, cell).html();
  return report::html_page("modeseek bench", body);
}

std::string summary_text(const Results& results) {
  std::string text;
  for (const auto& [title, table] : quality_tables(results)) {
    text += title + "\n\n" + report::text_table(table) + "\n";
  }
  text += "cost of a picture\n\n" + report::text_table(cost_table(results));
  for (const std::string& line : exceptions(results)) text += "\n" + line;
  return text + "\n";
}

std::string summary_markdown(const Results& results) {
  std::string text = "# modeseek bench\n\n" + introduction(results) + "\n\n```\n" +
                     results.record.command + "\n```\n\n" + quality_note(results) + "\n";
  for (const auto& [title, table] : quality_tables(results)) {
    text += "\n## " + title + "\n\n" + report::markdown_table(table);
  }
  if (!results.verdicts.empty()) {
    text += "\n## The first solver and its best rival\n\n" + std::string(kVerdictNote) + "\n\n" +
            report::markdown_table(verdict_table(results));
  }
  text += "\n## Cost of a picture\n\n" + report::markdown_table(cost_table(results));
  const std::vector<std::string> lines = exceptions(results);
  if (!lines.empty()) text += "\n## Not computed\n\n";
  for (const std::string& line : lines) text += "- " + line + "\n";
  return text + "\n## Every cell\n\n" + kEveryCellNote + "\n\n" +
         report::markdown_table(summary_table(results));
}

}  // namespace modeseek::bench
