// The arguments of guided-diffusion's scripts.
#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <cmath>
#include <string_view>

#include "networks/guided_diffusion.hpp"
#include "networks/limits.hpp"

namespace modeseek::networks {
namespace {

/// Number of classes that the scripts fix.
constexpr std::int64_t imagenet_classes = 1000;

/// "1,2,2.5" -> numbers; nothing when the text is anything else.
std::vector<double> parse_numbers(std::string_view text) {
  std::vector<double> result;
  while (!text.empty() && result.size() <= limits::levels) {
    const std::size_t comma = std::min(text.find(','), text.size());
    std::string_view part = text.substr(0, comma);
    while (part.starts_with(' ')) part.remove_prefix(1);
    while (part.ends_with(' ')) part.remove_suffix(1);
    double value = 0;
    const auto [end, error] = std::from_chars(part.data(), part.data() + part.size(), value);
    if (error != std::errc{} || end != part.data() + part.size()) return {};
    result.push_back(value);
    text.remove_prefix(std::min(comma + 1, text.size()));
  }
  return result;
}

std::vector<double> default_mult(const Config& config, std::int64_t resolution) {
  switch (resolution) {
    case 512:
      return {0.5, 1, 1, 2, 2, 4, 4};
    case 256:
      return {1, 1, 2, 2, 4, 4};
    case 128:
      return {1, 1, 2, 3, 4};
    case 64:
      return {1, 2, 3, 4};
    default:
      config.fail("channel_mult",
                  fmt::format("multipliers (there is no default for image_size {})", resolution));
  }
}

/// A text of the scripts ("1,2,4") or a list.
std::vector<double> read_list(const Config& config, const std::string& name, NumberRange range,
                              const std::string& fallback) {
  if (config.has(name) && config.values().at(name).is_array()) {
    return config.numbers(name, range, limits::levels);
  }
  const std::string text = config.text(name, fallback);
  std::vector<double> values = parse_numbers(text);
  const bool in_range = std::all_of(values.begin(), values.end(), [&range](double value) {
    return value >= range.low && value <= range.high;
  });
  if ((values.empty() && !text.empty()) || values.size() > limits::levels || !in_range) {
    config.fail(name, fmt::format("up to {} numbers from {:g} to {:g}, separated by commas",
                                  limits::levels, range.low, range.high));
  }
  return values;
}

void read_widths(const Config& config, AdmArchitecture& result) {
  std::vector<double> mult = read_list(config, "channel_mult", {0.01, 64}, "");
  if (mult.empty()) mult = default_mult(config, result.resolution);
  for (const double factor : mult) {
    const auto width =
        static_cast<std::int64_t>(factor * static_cast<double>(result.model_channels));
    if (width < 1) config.fail("channel_mult", "multipliers that leave at least one channel");
    result.level_channels.push_back(width);
  }
  if (result.resolution >> (mult.size() - 1) < 1) {
    config.fail("channel_mult", "fewer levels than image_size can be halved for");
  }
}

/// Attention stands where image_size / resolution, rounded down, is the reduction of a level. A
/// detected configuration states the reductions themselves: they do not depend on image_size.
void read_attention(const Config& config, AdmArchitecture& result) {
  if (config.has("attention_reductions")) {
    const nlohmann::json& list = config.values().at("attention_reductions");
    const std::vector<std::int64_t> reductions =
        list.is_array() && list.empty()
            ? std::vector<std::int64_t>{}
            : config.integers("attention_reductions", {1, limits::resolution}, limits::levels);
    for (std::size_t level = 0; level < result.level_channels.size(); ++level) {
      result.attention.push_back(std::find(reductions.begin(), reductions.end(),
                                           std::int64_t{1} << level) != reductions.end());
    }
    return;
  }
  const std::vector<double> places =
      read_list(config, "attention_resolutions", {1, limits::resolution}, "16,8");
  for (std::size_t level = 0; level < result.level_channels.size(); ++level) {
    const auto reduction = static_cast<double>(std::int64_t{1} << level);
    result.attention.push_back(std::any_of(places.begin(), places.end(), [&](double place) {
      return std::floor(static_cast<double>(result.resolution) / place) == reduction;
    }));
  }
}

/// A number of heads; -1 stands for "not set" in the scripts.
std::optional<std::int64_t> read_optional(const Config& config, const std::string& name) {
  const std::int64_t value = config.integer(name, {-1, limits::channels}, -1);
  if (value == 0) config.fail(name, "-1 or a positive number");
  return value < 0 ? std::nullopt : std::optional(value);
}

}  // namespace

AdmArchitecture read_adm_architecture(const Config& config) {
  AdmArchitecture result;
  result.resolution = config.integer("image_size", {1, limits::resolution}, 64);
  result.image_channels = config.integer("in_channels", {1, limits::image_channels}, 3);
  result.model_channels = config.integer("num_channels", {2, limits::channels}, 128);
  if (result.model_channels % 2 != 0) config.fail("num_channels", "an even number");
  result.num_res_blocks = config.integer("num_res_blocks", {1, limits::blocks}, 2);
  read_widths(config, result);
  read_attention(config, result);
  result.num_heads = config.integer("num_heads", {1, limits::channels}, 4);
  result.num_heads_upsample =
      read_optional(config, "num_heads_upsample").value_or(result.num_heads);
  result.head_channels = read_optional(config, "num_head_channels");
  result.learn_sigma = config.flag("learn_sigma", false);
  result.scale_shift = config.flag("use_scale_shift_norm", true);
  result.resblock_updown = config.flag("resblock_updown", false);
  result.new_attention_order = config.flag("use_new_attention_order", false);
  if (config.flag("class_cond", false)) {
    result.classes = config.integer("num_classes", {1, limits::classes}, imagenet_classes);
  }
  return result;
}

}  // namespace modeseek::networks
