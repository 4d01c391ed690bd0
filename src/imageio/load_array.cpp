#include "imageio/file_kind.hpp"
#include "imageio/sparse_matrix.hpp"
#include "modeseek/image.hpp"
#include "modeseek/task.hpp"

namespace modeseek {

Tensor load_array(const std::string& path) {
  if (lower_extension(path) == ".npy") return read_npy(path);
  if (lower_extension(path) == ".npz") return read_sparse_matrix(path);
  Tensor pixels = read_image(path).pixels;
  for (float& value : pixels.values()) value = (value + 1.0F) / 2.0F;
  return pixels;
}

}  // namespace modeseek
