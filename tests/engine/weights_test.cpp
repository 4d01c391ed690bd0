#include "engine/cpu/weights.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <array>
#include <limits>
#include <memory>
#include <oneapi/dnnl/dnnl.hpp>
#include <utility>
#include <vector>

#include "engine/checks.hpp"

namespace modeseek::engine::cpu {
namespace {

using Form = WeightStore::Form;
using Tag = dnnl::memory::format_tag;

constexpr std::int64_t outputs = 5;
constexpr std::int64_t inputs = 19;
constexpr std::int64_t rows = 3;
constexpr std::int64_t columns = 2;

dnnl::memory::desc layout(Form form, Tag tag) {
  const auto [a, b] = form == Form::plain ? std::pair{outputs, inputs} : std::pair{inputs, outputs};
  return {{a, b, rows, columns}, dnnl::memory::data_type::f32, tag};
}

/// The numbers of a layout in the order of their axes.
std::vector<float> numbers(Form form, dnnl::memory weights) {
  std::vector<float> result(static_cast<std::size_t>(outputs * inputs * rows * columns));
  dnnl::memory plain = view(layout(form, Tag::abcd), result.data());
  dnnl::reorder(weights, plain).execute(stream(), weights, plain);
  stream().wait();
  return result;
}

/// Rows, channels last, and blocks that leave room beside 5 and 19.
constexpr std::array tags{Tag::abcd, Tag::acdb, Tag::ABcd8b8a};

class Weights : public testing::Test {
 protected:
  Weights() {
    Random random(12);
    Conv conv;
    conv.outputs = outputs;
    conv.inputs = inputs;
    conv.kernel_h = rows;
    conv.kernel_w = columns;
    conv.weights.values = random_vector(random, conv.weight_count());
    plain = conv.weights.values;
    for (std::int64_t i = 0; i < inputs; ++i)
      for (std::int64_t o = 0; o < outputs; ++o)
        for (std::int64_t tap = rows * columns; tap-- > 0;)
          transposed.push_back(
              plain[static_cast<std::size_t>((o * inputs + i) * rows * columns + tap)]);
    Graph graph;
    const Value x = graph.input(inputs);
    operation = graph.conv(x, std::move(conv));
    graph.set_output(operation);
    store = std::make_unique<WeightStore>(graph);
  }

  std::shared_ptr<WeightStore::Packed> request(Form form, Tag tag) {
    return store->request(operation, form, layout(form, tag));
  }

  std::vector<float> plain;
  std::vector<float> transposed;
  Value operation;
  std::unique_ptr<WeightStore> store;
};

TEST_F(Weights, AreTheSameInEveryLayout) {
  for (const Tag from : tags)
    for (const Tag to : tags) {
      const auto source = request(Form::plain, from);
      EXPECT_EQ(numbers(Form::plain, store->get(source)), plain);
      EXPECT_EQ(numbers(Form::plain, store->get(request(Form::plain, to))), plain);
      EXPECT_EQ(numbers(Form::transposed, store->get(request(Form::transposed, to))), transposed);
    }
}

TEST_F(Weights, CanBeTransposedBeforeTheyArePacked) {
  EXPECT_EQ(numbers(Form::transposed, store->get(request(Form::transposed, Tag::ABcd8b8a))),
            transposed);
  EXPECT_EQ(numbers(Form::plain, store->get(request(Form::plain, Tag::acdb))), plain);
}

/// Convolutions multiply with what lies beside the weights.
TEST_F(Weights, TransposedAnewLeaveNothingBesideThem) {
  const auto desc = layout(Form::transposed, Tag::ABcd8b8a);
  std::vector<float> memory(desc.get_size() / sizeof(float),
                            std::numeric_limits<float>::quiet_NaN());
  EXPECT_GT(memory.size(), plain.size());
  store->transpose(request(Form::plain, Tag::ABcd8b8a), view(desc, memory.data()));
  EXPECT_EQ(numbers(Form::transposed, view(desc, memory.data())), transposed);
  const auto zeros = std::ranges::count(memory, 0.0F);
  EXPECT_EQ(static_cast<std::size_t>(zeros), memory.size() - plain.size());
}

TEST_F(Weights, LayoutsLiveAsLongAsTheirUsers) {
  auto used = request(Form::plain, Tag::acdb);
  EXPECT_EQ(request(Form::plain, Tag::acdb), used);
  EXPECT_NE(request(Form::plain, Tag::abcd), used);
  store->get(used);
  const std::weak_ptr<WeightStore::Packed> first = used;
  used = request(Form::plain, Tag::ABcd8b8a);
  EXPECT_FALSE(first.expired()) << "the only one that is packed";
  store->get(used);
  EXPECT_TRUE(first.expired());
  const std::weak_ptr<WeightStore::Packed> last = used;
  used = request(Form::transposed, Tag::acdb);
  store->get(used);
  const std::weak_ptr<WeightStore::Packed> other = used;
  used.reset();
  EXPECT_TRUE(other.expired());
  EXPECT_FALSE(last.expired());
  EXPECT_EQ(numbers(Form::plain, store->get(request(Form::plain, Tag::abcd))), plain);
}

}  // namespace
}  // namespace modeseek::engine::cpu
