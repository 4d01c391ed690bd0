#include "restoration/picture.hpp"

#include "modeseek/error.hpp"
#include "restoration/resample.hpp"

namespace modeseek {

Tensor without_unknown_entries(Tensor y, const Tensor& known) {
  if (known.empty()) return y;
  if (y.shape() != known.shape()) {
    throw InvalidArgument("measurement: expected the shape " + to_string(known.shape()) +
                          ", found " + to_string(y.shape()));
  }
  const auto values = y.values();
  const auto mask = known.values();
  for (std::size_t i = 0; i < values.size(); ++i) {
    if (mask[i] == 0.0F) values[i] = 0.0F;
  }
  return y;
}

Tensor to_picture(const Tensor& unknown, const PosedTask& posed) {
  Tensor cut = crop(unknown, posed.top, posed.left, posed.picture.h, posed.picture.w);
  return posed.grey ? channel_mean(cut) : cut;
}

}  // namespace modeseek
