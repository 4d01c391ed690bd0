#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <set>
#include <vector>

#include "engine/cpu/weights.hpp"
#include "engine/graph.hpp"
#include "engine/plan.hpp"

namespace modeseek::engine::cpu {

/// The values of a graph's vectors at one conditioning, indexed by operation; empty for maps.
using Vectors = std::vector<std::vector<float>>;

/// Where one step finds its data.
struct StepData {
  const Plan& plan;
  const Step& step;
  std::byte* arena;
  const Vectors& vectors;
  const float* host_in;
  float* host_out;
  float load_factor;   ///< host_in enters the network times this
  float store_factor;  ///< the result leaves it times this,
  float skip;          ///< plus host_in times this

  /// T is the type of the map that lies there.
  template <class T>
  T* buffer(std::int32_t index) const {
    return reinterpret_cast<T*>(arena + plan.offset(index));
  }
  template <class T>
  const T* read(std::size_t i) const {
    return buffer<T>(step.reads[i]);
  }
  template <class T>
  T* write(std::size_t i) const {
    return buffer<T>(step.writes[i].buffer);
  }
  bool accumulate(std::size_t i) const { return step.writes[i].accumulate; }
  float* scratch() const { return step.scratch < 0 ? nullptr : buffer<float>(step.scratch); }
  float* statistics() const {
    return step.statistics < 0 ? nullptr : buffer<float>(step.statistics);
  }
  const std::vector<float>& vector(Value v) const {
    return vectors[static_cast<std::size_t>(v.index)];
  }
};

/// What a step became: how much scratch memory it wants and what it does.
struct StepCode {
  std::uint64_t scratch_bytes = 0;
  std::function<void(const StepData&)> run;
};

/// What the compilers of single steps may look at. `used` collects the weight layouts of a program.
struct Compilation {
  const Graph& graph;
  const Plan& plan;
  WeightStore& weights;
  std::set<std::shared_ptr<WeightStore::Packed>>& used;
  bool transposes_anew;  ///< Saving

  const Operation& operation(const Step& step) const {
    return graph.operations()[static_cast<std::size_t>(step.operation.index)];
  }
  const Extent& extent(Value v) const { return plan.extent(v); }
  const Extent& result(const Step& step) const { return plan.extent(step.operation); }
  const Extent& input(const Step& step, std::size_t i = 0) const {
    return plan.extent(operation(step).inputs[i]);
  }
  /// What the step's result is stored as, and its first map.
  NumberType result_type(const Step& step) const { return plan.type(step.operation); }
  NumberType input_type(const Step& step) const { return plan.type(operation(step).inputs[0]); }
};

/// body(T{}) for the C++ type of the numbers.
template <class Body>
StepCode with_type(NumberType type, const Body& body) {
  return type == NumberType::float32 ? body(float{}) : body(bfloat16{});
}

/// body(In{}, Out{}) for the types of a normalisation's input and result.
template <class Body>
StepCode with_types(NumberType in, NumberType out, const Body& body) {
  if (in == NumberType::float32) return body(float{}, float{});
  return out == NumberType::float32 ? body(bfloat16{}, float{}) : body(bfloat16{}, bfloat16{});
}

// Compilers of forward and backward steps, one a kind of operation (step.task tells which).
StepCode compile(const Conv& conv, const Step& step, const Compilation& c);
StepCode compile(const GroupNorm& norm, const Step& step, const Compilation& c);
StepCode compile(const RmsNorm& norm, const Step& step, const Compilation& c);
StepCode compile(const Modulate& modulate, const Step& step, const Compilation& c);
StepCode compile(const AddVector& add, const Step& step, const Compilation& c);
StepCode compile(const Silu& silu, const Step& step, const Compilation& c);
StepCode compile(const Relu& relu, const Step& step, const Compilation& c);
StepCode compile(const Add& add, const Step& step, const Compilation& c);
StepCode compile(const Scale& scale, const Step& step, const Compilation& c);
StepCode compile(const Concat& concat, const Step& step, const Compilation& c);
StepCode compile(const Slice& slice, const Step& step, const Compilation& c);
StepCode compile(const FirDown& fir, const Step& step, const Compilation& c);
StepCode compile(const FirUp& fir, const Step& step, const Compilation& c);
StepCode compile(const Pool& pool, const Step& step, const Compilation& c);
StepCode compile(const SpaceToDepth& op, const Step& step, const Compilation& c);
StepCode compile(const DepthToSpace& op, const Step& step, const Compilation& c);
StepCode compile(const Attention& attention, const Step& step, const Compilation& c);

/// Steps that move data between host images (planar) and maps, copy and add.
StepCode compile_transfer(const Step& step, const Compilation& c);

}  // namespace modeseek::engine::cpu
