#pragma once

#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "modeseek/operator.hpp"
#include "modeseek/tensor.hpp"

namespace modeseek {

/// How a task reads the files that its text names (masks, kernels, matrices): path -> [N,C,H,W]. An
/// image file gives pixels in [0, 1] here; an .npy file gives its values as they are; an .npz file
/// (a sparse matrix, docs/tasks.md) gives [1,1,entries + 1,3], first (rows, columns, 0), then (row,
/// column, value) of each entry.
using ArrayLoader = std::function<Tensor(const std::string& path)>;

/// The default loader: images by read_image, .npy by read_npy, .npz in SciPy's CSR format.
Tensor load_array(const std::string& path);

/// A measurement named by text, for example `inpaint(random:0.7,seed=3)`, `sr(4,mean)`,
/// `blur(gaussian:61,3.0;boundary=reflect)`, `chain(blur(disk:2),sr(2,mean))`. The grammar is in
/// docs/tasks.md. A Task knows no image size; `build` makes the operator for one.
class Task {
 public:
  struct Node;  ///< the parsed form (src/operators/task_node.hpp)

  /// Throws ParseError that points at the offending character.
  static Task parse(std::string_view text);

  /// The task of a parsed form.
  explicit Task(std::shared_ptr<const Node> root) : root_(std::move(root)) {}

  /// The canonical text; parse(text()) gives an equal task.
  std::string text() const;

  /// The operator for images of `image` extent (n ignored). Throws InvalidArgument when the size
  /// does not fit (a mask of another size, say), FileError for files.
  std::unique_ptr<Operator> build(const Shape& image, const ArrayLoader& load = load_array) const;

  /// The extent of the image whose measurement has this extent: the inverse of build(...)->range().
  /// `channels` is the image's number of channels. Throws InvalidArgument when there is none.
  Shape image_shape(const Shape& measurement, std::int64_t channels,
                    const ArrayLoader& load = load_array) const;

  /// The largest extent not above `image` that the task accepts (super-resolution by 4 wants
  /// multiples of 4); build never crops by itself. Throws InvalidArgument when there is none.
  Shape fitting_shape(const Shape& image, const ArrayLoader& load = load_array) const;

 private:
  std::shared_ptr<const Node> root_;
};

/// A published measurement by name, with its source.
struct TaskPreset {
  std::string name;    ///< usable wherever a task text is, for example `ddrm-sr4`
  std::string task;    ///< its full text
  std::string noise;   ///< the noise level that the source uses, on [0, 1], or "any"
  std::string source;  ///< paper
};

/// Every preset, in the order of display.
const std::vector<TaskPreset>& task_presets();

}  // namespace modeseek
