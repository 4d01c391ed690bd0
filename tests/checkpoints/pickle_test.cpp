#include <gtest/gtest.h>

#include "checkpoints/files.hpp"
#include "checkpoints/pickle_vm.hpp"

namespace modeseek::checkpoints {
namespace {

std::string text(const std::string& value) {
  return "X" + raw(static_cast<std::uint32_t>(value.size())) + value;
}

std::string global(const std::string& module, const std::string& name) {
  return "c" + module + "\n" + name + "\n";
}

std::string integer(std::int32_t value) { return "J" + raw(value); }

/// The message for a pickle of protocol 2 with these opcodes.
std::string refusal_of(const std::string& opcodes) {
  return refusal([&] { parse("\x80\x02" + opcodes); });
}

TEST(Pickle, ReadsNumpyArraysAndScalars) {
  for (const char* name : {"numpy2.pkl", "numpy5.pkl"}) {
    const Checkpoint checkpoint = open_checkpoint(fixture(name).string());
    const std::vector<float> expected{200, 201, 202, 203, 204, 205};
    EXPECT_EQ(checkpoint.floats("c", {2, 3}), expected) << name;
    EXPECT_EQ(checkpoint.floats("fortran", {2, 3}), expected) << name;
    EXPECT_EQ(checkpoint.floats("float", {1}), std::vector<float>{0.5F}) << name;
    EXPECT_EQ(checkpoint.config, nlohmann::json({{"scale", 0.25}, {"width", -7}, {"flag", true}}))
        << name;
    expect_every_truncation_refused(read_text(fixture(name)));
  }
}

TEST(Pickle, RefusesEveryUnknownNameByName) {
  const std::string ask = "file: refused: this file asks to run ";
  EXPECT_EQ(refusal_of(global("os", "system") + text("echo") + "\x85R."), ask + "`os.system`");
  EXPECT_EQ(refusal_of(global("builtins", "eval") + text("1") + "\x85R."), ask + "`builtins.eval`");
  EXPECT_EQ(refusal_of(global("builtins", "getattr") + "."), ask + "`builtins.getattr`");
  EXPECT_EQ(refusal_of(text("subprocess") + text("Popen") + "\x93."), ask + "`subprocess.Popen`");
  EXPECT_EQ(refusal_of("(S'echo'\nios\nsystem\n."), ask + "`os.system`");
  EXPECT_EQ(refusal_of(global("torch.nn.modules.x", "y.__init__") + "."),
            ask + "`torch.nn.modules.x.y.__init__`");
  EXPECT_EQ(refusal_of(global("torch", "load") + "."), ask + "`torch.load`");
  EXPECT_EQ(refusal_of(global("a", "b\x1b[2J") + "."), ask + "`a.b\\x1b[2J`");
}

TEST(Pickle, RefusesToCallWhatIsNoConstructor) {
  EXPECT_EQ(refusal_of(global("torch", "FloatStorage") + ")R."),
            "file: refused: this file asks to run the name 'FloatStorage'");
  EXPECT_EQ(refusal_of(global("torch.nn.modules.linear", "Linear") + ")R."),
            "file: refused: this file asks to run the name 'Linear'");
  EXPECT_EQ(refusal_of("K\x01)R."), "file: refused: this file asks to run an integer");
  EXPECT_EQ(refusal_of(global("torch._utils", "_rebuild_tensor_v2") + ")\x81."),
            "file: refused: this file asks to make a '_rebuild_tensor_v2'");
  EXPECT_EQ(refusal_of("K\x01}b."), "file: refused: this file sets the state of an integer");
}

TEST(Pickle, RefusesOpcodesThatNoCheckpointNeeds) {
  EXPECT_EQ(refusal_of("icollections\nOrderedDict\n."),
            "file: refused: the pickle at byte 2 uses the opcode 105, which no checkpoint needs");
  EXPECT_EQ(refusal_of("\x82\x01."),
            "file: refused: the pickle at byte 2 uses the opcode 130, which no checkpoint needs");
}

TEST(Pickle, RefusesBrokenStacksAndMemos) {
  for (const char* opcodes : {".",         "0.",
                              "a.",        "]a.",
                              "e.",        "(e.",
                              "t.",        "u.",
                              "(u.",       "K\x01s.",
                              "R.",        ")R.",
                              "b.",        "}b.",
                              "Q.",        "q",
                              "h\x01.",    "(.",
                              "}(K\x01u.", "(K\x01\x64.",
                              "\x93.",     "K\x01K\x01\x93.",
                              "\x81.",     "1."}) {
    EXPECT_TRUE(refusal_of(opcodes).starts_with("file: ")) << opcodes;
  }
}

TEST(Pickle, ReportsWhatTheFileHoldsInPlaceOfWeights) {
  EXPECT_EQ(refusal_of("]."),
            "file: holds no weights: expected a state dict or a network, by itself or under 'ema', "
            "'ema_state_dict', 'state_dict', 'model' or 'net'; found a list");
}

/// Opcodes for a storage "0" of float32 elements.
std::string storage(std::int32_t count) {
  return "(" + text("storage") + global("torch", "FloatStorage") + text("0") + text("cpu") +
         integer(count) + "tQ";
}

/// A dict with one tensor "t".
std::string tensor(std::int32_t count, std::int32_t offset, const std::string& shape,
                   const std::string& strides) {
  return "}" + text("t") + global("torch._utils", "_rebuild_tensor_v2") + "(" + storage(count) +
         integer(offset) + shape + strides + "\x89}tRs.";
}

std::string tuple(std::initializer_list<std::int32_t> values) {
  std::string result = "(";
  for (const std::int32_t value : values) result += integer(value);
  return result + "t";
}

TEST(Pickle, RefusesTensorsOutsideTheirStorage) {
  const std::string holds = "file: holds a tensor that ";
  const auto outside = [&holds](const std::string& what) {
    return holds + "reaches outside its storage of 6 elements: " + what;
  };
  EXPECT_EQ(refusal_of(tensor(6, 0, tuple({7}), tuple({1}))),
            outside("shape [7], strides [1], offset 0"));
  EXPECT_EQ(refusal_of(tensor(6, 6, tuple({1}), tuple({1}))),
            outside("shape [1], strides [1], offset 6"));
  EXPECT_EQ(refusal_of(tensor(6, -1, tuple({1}), tuple({1}))),
            outside("shape [1], strides [1], offset -1"));
  EXPECT_EQ(refusal_of(tensor(6, 0, tuple({2}), tuple({-1}))),
            outside("shape [2], strides [-1], offset 0"));
  EXPECT_EQ(refusal_of(tensor(6, 0, tuple({2, 3}), tuple({3, 2}))),
            outside("shape [2,3], strides [3,2], offset 0"));
  const std::int32_t most = std::numeric_limits<std::int32_t>::max();
  EXPECT_EQ(refusal_of(tensor(6, 0, tuple({most, most, most}), tuple({0, 0, 0}))),
            holds + "has the impossible shape [2147483647,2147483647,2147483647]");
  EXPECT_EQ(refusal_of(tensor(6, 0, tuple({2, 3}), tuple({1}))),
            holds + "has 2 axes but 1 strides");
  EXPECT_EQ(refusal_of(tensor(-1, 0, tuple({1}), tuple({1}))),
            "file: has a storage of impossible size");
}

TEST(Pickle, RefusesTensorsWithoutData) {
  EXPECT_EQ(refusal_of(tensor(6, 0, tuple({2, 3}), tuple({3, 1}))),
            "file: the data of tensor 't' is missing");
}

/// A file of PyTorch's old form: the pickle of `opcodes` and the storage "0" of one float32.
std::string legacy(const std::string& opcodes) {
  return "\x80\x02\x8a\x0a\x6c\xfc\x9c\x46\xf9\x20\x6a\xa8\x50\x19.\x80\x02M\xe9\x03." +
         ("\x80\x02}" + text("little_endian") + "\x88s.") + "\x80\x02" + opcodes +
         ("\x80\x02]" + text("0") + "a.") + raw<std::int64_t>(1) + raw(1.0F);
}

TEST(Pickle, RefusesToUnfoldOneElementIntoManyBytes) {
  EXPECT_EQ(parse(legacy(tensor(1, 0, tuple({2}), tuple({0})))).floats("t", {2}),
            (std::vector<float>{1, 1}));
  EXPECT_EQ(refusal([] { parse(legacy(tensor(1, 0, tuple({1 << 30}), tuple({0})))); }),
            "file: refused: unfolds into far more bytes than the file has");
}

/// A dict with one tensor and, as "config", whatever `opcodes` make.
std::string configured(const std::string& opcodes) {
  std::string weights = tensor(1, 0, tuple({1}), tuple({1}));
  weights.pop_back();
  return legacy("}(" + text("config") + opcodes + text("model") + weights + "u.");
}

TEST(Pickle, RefusesExponentialSharing) {
  EXPECT_EQ(parse(configured("}" + text("a") + "K\x05s")).config, nlohmann::json({{"a", 5}}));
  // Each list holds the one before twice: 2^20 leaves in 200 bytes.
  std::string nested = "]q\x01";
  for (char i = 1; i < 21; ++i) {
    nested += std::string("0]q") + static_cast<char>(i + 1) + "h" + i + "ah" + i + "a";
  }
  EXPECT_EQ(refusal([&] { parse(configured("}" + text("a") + nested + "s")); }),
            "file: refused: describes far more values than a file of its size should");
}

TEST(Pickle, RefusesToCopyATupleManyTimes) {
  std::string copies = "(";
  for (int i = 0; i < 1000; ++i) copies += "K\x01";
  copies +=
      "tq\x01"
      "0" +
      global("torch", "Size") +
      "q\x02"
      "0]";
  for (int i = 0; i < 1000; ++i) copies += "h\x02h\x01\x85Ra";
  EXPECT_EQ(refusal_of(copies + "."),
            "file: refused: describes far more values than a file of its size should");
}

TEST(Pickle, RefusesATensorTwice) {
  const std::string value = tensor(1, 0, tuple({1}), tuple({1}));
  const std::string member = value.substr(1, value.size() - 3);  // without "}" and "s."
  EXPECT_EQ(refusal([&] { parse(legacy("}(" + member + member + "u.")); }),
            "file: holds tensor 't' twice");
}

TEST(Pickle, SurvivesDeepNestingAndCycles) {
  EXPECT_TRUE(refusal_of(std::string(1'000'000, ']') + std::string(999'999, 'a') + ".")
                  .starts_with("file: holds no weights"));
  EXPECT_TRUE(refusal_of("K\x01" + std::string(1'000'000, '\x85') + ".")
                  .starts_with("file: holds no weights"));
  EXPECT_TRUE(refusal_of("]q\x01h\x01"
                         "a.")
                  .starts_with("file: holds no weights"));
  // A module that is its own child.
  EXPECT_TRUE(refusal_of(global("torch.nn.modules.linear", "Linear") + ")\x81q\x01}" +
                         text("_modules") + "}" + text("a") + "h\x01ssb.")
                  .starts_with("file: nests modules too deeply"));
}

}  // namespace
}  // namespace modeseek::checkpoints
