#include "metrics/symmetric_eigen.hpp"

#include <algorithm>
#include <cmath>
#include <numeric>

namespace modeseek {
namespace {

constexpr int kMaxSweeps = 30;

/// (first, second) <- (c first - s second, s first + c second), `size` elements `stride` apart.
void rotate(double* first, double* second, std::size_t size, std::size_t stride, double c,
            double s) {
  for (std::size_t i = 0; i < size * stride; i += stride) {
    const double a = first[i];
    const double b = second[i];
    first[i] = c * a - s * b;
    second[i] = s * a + c * b;
  }
}

double off_diagonal(const std::vector<double>& matrix, std::size_t size) {
  double sum = 0;
  for (std::size_t i = 0; i < size; ++i) {
    for (std::size_t j = 0; j < i; ++j) sum += matrix[i * size + j] * matrix[i * size + j];
  }
  return sum;
}

}  // namespace

Eigensystem symmetric_eigensystem(std::vector<double> matrix, std::size_t size) {
  std::vector<double> vectors(size * size, 0.0);
  for (std::size_t i = 0; i < size; ++i) vectors[i * size + i] = 1.0;
  double scale = 0;
  for (const double value : matrix) scale += value * value;
  for (int sweep = 0; sweep < kMaxSweeps && off_diagonal(matrix, size) > 1e-24 * scale; ++sweep) {
    for (std::size_t p = 0; p + 1 < size; ++p) {
      for (std::size_t q = p + 1; q < size; ++q) {
        const double pq = matrix[p * size + q];
        if (pq == 0.0) continue;
        const double theta = (matrix[q * size + q] - matrix[p * size + p]) / (2 * pq);
        const double t = std::copysign(1.0, theta) / (std::fabs(theta) + std::hypot(theta, 1.0));
        const double c = 1 / std::hypot(t, 1.0);
        const double s = t * c;
        rotate(&matrix[p * size], &matrix[q * size], size, 1, c, s);
        rotate(&matrix[p], &matrix[q], size, size, c, s);
        rotate(&vectors[p * size], &vectors[q * size], size, 1, c, s);
      }
    }
  }
  std::vector<std::size_t> order(size);
  std::iota(order.begin(), order.end(), std::size_t{0});
  std::sort(order.begin(), order.end(), [&](std::size_t a, std::size_t b) {
    return matrix[a * size + a] < matrix[b * size + b];
  });
  Eigensystem result;
  result.size = size;
  for (const std::size_t i : order) {
    result.values.push_back(matrix[i * size + i]);
    const double* vector = &vectors[i * size];
    result.vectors.insert(result.vectors.end(), vector, vector + size);
  }
  return result;
}

}  // namespace modeseek
