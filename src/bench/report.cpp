#include "bench/report.hpp"

#include "bench/charts.hpp"
#include "bench/page.hpp"
#include "core/atomic_file.hpp"

namespace modeseek::bench {
namespace {

void write_charts(const Results& results, const Folder& folder) {
  for (std::size_t prior = 0; prior < results.record.grid.priors.size(); ++prior) {
    const std::string end = (prior == 0 ? "" : "-" + std::to_string(prior + 1)) + ".svg";
    write_file_atomically(folder("cost" + end), report::chart_svg(cost_chart(results, prior)));
    if (const auto chart = noise_chart(results, prior)) {
      write_file_atomically(folder("noise" + end), report::chart_svg(*chart));
    }
  }
}

}  // namespace

Results read_results(const Folder& folder) {
  Results results;
  results.record = read_record(folder);
  results.rows = read_rows(folder, results.record);
  results.cells = summarise(results.record.grid, results.rows);
  results.verdicts = verdicts(results.record.grid, results.rows, results.cells);
  return results;
}

void write_reports(const Results& results, const Folder& folder) {
  write_file_atomically(folder("rows.csv"), rows_csv(results));
  write_file_atomically(folder("costs.csv"), costs_csv(results));
  write_file_atomically(
      folder("results.json"),
      results_json(results).dump(1, ' ', false, Json::error_handler_t::replace) + "\n");
  write_file_atomically(folder("summary.csv"), summary_csv(results));
  write_file_atomically(folder("summary.md"), summary_markdown(results));
  write_charts(results, folder);
  write_file_atomically(folder("report.html"), report_page(results, folder));
}

}  // namespace modeseek::bench
