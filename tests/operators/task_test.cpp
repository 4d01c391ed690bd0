#include "modeseek/task.hpp"

#include <gtest/gtest.h>

#include <string>

#include "modeseek/error.hpp"

namespace modeseek {
namespace {

Tensor load(const std::string& path) {
  if (path == "k.npy") return Tensor({1, 1, 3, 5}, 1.0F);
  throw FileError(path, "no such file");
}

struct Spelling {
  std::string text;
  std::string canonical;
};

const Spelling kAccepted[] = {
    {"denoise", "denoise"},
    {"  denoise\t", "denoise"},
    {"inpaint(mask=scratch.png)", "inpaint(mask=scratch.png)"},
    {"inpaint(mask=../a-b/c_1+2.png;invert)", "inpaint(mask=../a-b/c_1+2.png;invert)"},
    {"inpaint(mask=\"my mask.png\")", "inpaint(mask=\"my mask.png\")"},
    {"inpaint(mask=\"plain.png\")", "inpaint(mask=plain.png)"},
    {R"(inpaint(mask="a\"b\\c.png",invert))", R"(inpaint(mask="a\"b\\c.png";invert))"},
    {"inpaint(mask=a=b.png)", "inpaint(mask=\"a=b.png\")"},
    {"inpaint( random : 0.70 , seed = 3 )", "inpaint(random:0.7,seed=3)"},
    {"inpaint(random:0.7;seed=3;invert)", "inpaint(random:0.7,seed=3;invert)"},
    {"inpaint(random:0.7;invert;seed=3)", "inpaint(random:0.7,seed=3;invert)"},
    {"inpaint(random:0.7,seed=0)", "inpaint(random:0.7)"},
    {"inpaint(random:1e-1,seed=18446744073709551615)",
     "inpaint(random:0.1,seed=18446744073709551615)"},
    {"inpaint(box:32x16)", "inpaint(box:32x16)"},
    {"inpaint(box:32x32@10,20)", "inpaint(box:32x32@10,20)"},
    {"inpaint(box:50%)", "inpaint(box:50%)"},
    {"inpaint(box:12.5%@3,4;invert)", "inpaint(box:12.5%@3,4;invert)"},
    {"inpaint(box:128x128@random)", "inpaint(box:128x128@random)"},
    {"inpaint(box:8x4@random;seed=2;margin=16)", "inpaint(box:8x4@random,margin=16,seed=2)"},
    {"inpaint(random:0.3-0.7,seed=4)", "inpaint(random:0.3-0.7,seed=4)"},
    {"inpaint(expand:50%)", "inpaint(expand:50%)"},
    {"inpaint(half:right)", "inpaint(half:right)"},
    {"inpaint(half:left)", "inpaint(half:left)"},
    {"inpaint(half:top)", "inpaint(half:top)"},
    {"inpaint(half:bottom)", "inpaint(half:bottom)"},
    {"inpaint(expand:8x8)", "inpaint(expand:8x8)"},
    {"inpaint(rows:3)", "inpaint(rows:3)"},
    {"inpaint(grid:2)", "inpaint(grid:2)"},
    {"sr(4,mean)", "sr(4,mean)"},
    {"sr(4;bicubic)", "sr(4,bicubic)"},
    {"sr(4,gaussian:9,1.6)", "sr(4,gaussian:9,1.6)"},
    {"sr(2,kernel=k.npy;boundary=circular)", "sr(2,kernel=k.npy;boundary=circular)"},
    {"blur(gaussian:61,3.0;boundary=reflect)", "blur(gaussian:61,3)"},
    {"blur(gaussian:61,3.0,boundary=zero)", "blur(gaussian:61,3;boundary=zero)"},
    {"blur(uniform:9)", "blur(uniform:9)"},
    {"blur(aniso:9,1,20;boundary=circular)", "blur(aniso:9,1,20;boundary=circular)"},
    {"blur(motion:61,0.5)", "blur(motion:61,0.5)"},
    {"blur(motion:61,0.5,7)", "blur(motion:61,0.5,seed=7)"},
    {"blur(motion:61,0.5;boundary=zero;seed=7)", "blur(motion:61,0.5,seed=7;boundary=zero)"},
    {"blur(disk:2.50)", "blur(disk:2.5)"},
    {"blur(kernel=k.npy;boundary=valid)", "blur(kernel=k.npy;boundary=valid)"},
    {"colourise", "colourise"},
    {"colourise(mean)", "colourise"},
    {"colourise(bt601)", "colourise(bt601)"},
    {"colourise(0.299,0.587,0.114)", "colourise(bt601)"},
    {"colourise(0.2,0.7,-0.1)", "colourise(0.2,0.7,-0.1)"},
    {"chain(blur(disk:2),sr(2,mean))", "chain(blur(disk:2),sr(2,mean))"},
    {"stack( denoise ; colourise )", "stack(denoise,colourise)"},
    {"chain(stack(denoise,denoise),chain(denoise,denoise))",
     "chain(stack(denoise,denoise),chain(denoise,denoise))"},
    {"cs:4", "cs(4)"},
    {"cs(4)", "cs(4)"},
    {"cs( 2 ; seed=7 )", "cs(2,seed=7)"},
    {"chain(denoise,cs:2,denoise)", "chain(denoise,cs(2),denoise)"},
    {"mri(4)", "mri(4)"},
    {"mri(4,centre=0.08,seed=3)", "mri(4,seed=3)"},
    {"mri(4.5;seed=1;centre=0.125)", "mri(4.5,centre=0.125,seed=1)"},
    {"mri(8;coils=maps.npy)", "mri(8;coils=maps.npy)"},
    {"mri(mask=m.png,coils=maps.npy)", "mri(mask=m.png;coils=maps.npy)"},
    {"ct(60)", "ct(60)"},
    {"ct(angles=a.npy)", "ct(angles=a.npy)"},
    {"matrix(m.npy)", "matrix(m.npy)"},
    {"matrix(\"my m.npz\")", "matrix(\"my m.npz\")"},
    {"hdr", "hdr"},
    {"phase-retrieval", "phase-retrieval"},
    {"quantise:4", "quantise(4)"},
    {"jpeg(30)", "jpeg(30)"},
    {"gamma:2.20", "gamma(2.2)"},
    {"chain(blur(disk:2),hdr,jpeg:90)", "chain(blur(disk:2),hdr,jpeg(90))"},
    {"ddrm-sr4", "sr(4,mean)"},
    {"chain(colourise,ddrm-sr4-bicubic)", "chain(colourise,sr(4,bicubic))"},
};

TEST(TaskGrammar, AcceptsEveryFormAndRoundTrips) {
  for (const Spelling& spelling : kAccepted) {
    SCOPED_TRACE(spelling.text);
    const std::string text = Task::parse(spelling.text).text();
    EXPECT_EQ(text, spelling.canonical);
    EXPECT_EQ(Task::parse(text).text(), text);
  }
}

struct Refusal {
  std::string text;
  std::size_t position;
  std::string part;  ///< of the message
};

const Refusal kRefused[] = {
    {"", 0, "expected the name of a task, found the end"},
    {"(", 0, "expected the name of a task, found '('"},
    {"inpant(random:0.5)", 0, "unknown task 'inpant', did you mean 'inpaint'? (known: denoise,"},
    {"xyzzy", 0, "unknown task 'xyzzy' (known: denoise"},
    {"denoise x", 8, "expected the end of the task, found 'x'"},
    {"denoise()", 7, "expected the end of the task, found '('"},
    {"inpaint", 7, "expected '(' after inpaint, found the end"},
    {"inpaint(", 8, "expected the name of a mask, found the end"},
    {"inpaint(rndom:0.5)", 8, "unknown mask 'rndom', did you mean 'random'?"},
    {"inpaint(mask:a.png)", 12, "expected '=' after mask, found ':'"},
    {"inpaint(mask=)", 13, "expected a file name, found ')'"},
    {"inpaint(mask=a.png", 18, "expected ')' to close inpaint, found the end"},
    {"inpaint(mask=\"a.png)", 13, "file name without a closing quote"},
    {"inpaint(mask=\"\")", 13, "empty file name"},
    {"inpaint(mask=\"a\\n\")", 15, "expected \\\" or \\\\ in a quoted file name"},
    {"inpaint(mask=a\nb)", 14, "control character in a file name"},
    {"inpaint(mask=a.png;seed=3)", 19, "unknown or repeated option 'seed' (known: invert)"},
    {"inpaint(random=0.5)", 14, "expected ':' after random, found '='"},
    {"inpaint(random:)", 15, "fraction of missing pixels must be a number from 0 to 1, found ')'"},
    {"inpaint(random:1.5)", 15, "must be a number from 0 to 1, found 1.5"},
    {"inpaint(random:1)", 15, "drops every pixel"},
    {"inpaint(random:-0.1)", 15, "must be a number from 0 to 1, found -0.1"},
    {"inpaint(random:nan)", 15, "must be a number from 0 to 1, found nan"},
    {"inpaint(random:1e999)", 15, "must be a number from 0 to 1, found 1e999"},
    {"inpaint(random:0,5)", 17, "expected an option of inpaint, found '5'"},
    {"inpaint(random:0.5,seed=-1)", 24, "seed must be an integer, not negative, found '-'"},
    {"inpaint(random:0.5,seed=18446744073709551616)", 24, "seed must be below 2^64"},
    {"inpaint(random:0.5,seed=1,seed=2)", 26, "unknown or repeated option 'seed'"},
    {"inpaint(rows:2;invert;invert)", 22, "unknown or repeated option 'invert'"},
    {"inpaint(box:0x3)", 12, "box rows must be an integer from 1 to"},
    {"inpaint(box:3)", 13, "expected 'x' between rows and columns, found ')'"},
    {"inpaint(box:3x3@1)", 17, "expected ',' between row and column, found ')'"},
    {"inpaint(box:0%)", 12, "box must be above 0 % and at most 100 %"},
    {"inpaint(box:101%)", 12, "box must be above 0 % and at most 100 %"},
    {"inpaint(box:2.5x3)", 12, "box rows must be an integer from 1 to"},
    {"inpaint(box:3x3@here)", 16, "unknown place 'here' (known: random)"},
    {"inpaint(box:3x3;margin=2)", 16, "unknown or repeated option 'margin' (known: invert)"},
    {"inpaint(box:3x3@random;margin=2;margin=2)", 32, "unknown or repeated option 'margin'"},
    {"inpaint(random:0.5-0.3)", 19, "must be a number from 0.5 to 1, found 0.3"},
    {"inpaint(random:0.5-1)", 15, "may drop every pixel"},
    {"inpaint(half:up)", 13, "unknown side 'up'"},
    {"inpaint(rows:0)", 13, "row step must be an integer from 1 to"},
    {"inpaint(grid:99999999999999999999)", 13, "grid step must be an integer from 1 to"},
    {"sr(mean)", 3, "factor must be an integer from 1 to 64, found 'm'"},
    {"sr(0,mean)", 3, "factor must be an integer from 1 to 64, found 0"},
    {"sr(65,mean)", 3, "factor must be an integer from 1 to 64, found 65"},
    {"sr(4)", 4, "expected ',' after the factor, found ')'"},
    {"sr(4,lanczos)", 5, "unknown reduction 'lanczos' (known: mean, bicubic"},
    {"sr(4,mean;boundary=zero)", 9, "expected ')' to close sr, found ';'"},
    {"blur(gausian:9,1)", 5, "unknown kernel 'gausian', did you mean 'gaussian'?"},
    {"blur(gaussian:8,1)", 14, "kernel size must be odd, found 8"},
    {"blur(gaussian:1027,1)", 14, "kernel size must be an integer from 1 to 1025, found 1027"},
    {"blur(gaussian:9)", 15, "expected ',' before the standard deviation, found ')'"},
    {"blur(gaussian:9,0)", 16, "standard deviation must be a number from 0.01 to 10000, found 0"},
    {"blur(gaussian:9,inf)", 16, "standard deviation must be a number"},
    {"blur(gaussian:9,1,2)", 18, "expected an option of the blur, found '2'"},
    {"blur(gaussian:9,1;seed=2)", 18, "unknown or repeated option 'seed' (known: boundary)"},
    {"blur(gaussian:9,1;boundary=mirror)", 27, "unknown boundary 'mirror'"},
    {"blur(gaussian:9,1;boundary=zero;boundary=zero)", 32, "unknown or repeated option"},
    {"blur(motion:9,2)", 14, "motion intensity must be a number from 0 to 1, found 2"},
    {"blur(disk:0)", 10, "disk radius must be a number from 0.1 to 512, found 0"},
    {"colourise(", 10, "colour weight must be a number"},
    {"colourise(bt709)", 10, "unknown set of colour weights 'bt709' (known: mean, bt601)"},
    {"colourise(1,2)", 13, "expected ',' between colour weights, found ')'"},
    {"colourise(0,0,0)", 10, "the colour weights are all zero"},
    {"chain(denoise)", 13, "expected ',' and another task in chain, found ')'"},
    {"chain(denoise,)", 14, "expected the name of a task, found ')'"},
    {"stack(denoise,blur(gaussian:4,1))", 28, "kernel size must be odd"},
    {"cs", 2, "expected '(' after cs, found the end"},
    {"cs:0", 3, "ratio must be an integer from 1 to 1024, found 0"},
    {"cs(2,sed=1)", 5, "unknown or repeated option 'sed' (known: seed)"},
    {"mri()", 4, "acceleration must be a number from 1 to 1024, found ')'"},
    {"mri(0.5)", 4, "acceleration must be a number from 1 to 1024, found 0.5"},
    {"mri(4,centre=2)", 13, "centre fraction must be a number from 0 to 1, found 2"},
    {"mri(mask=m.png,seed=1)", 15, "unknown or repeated option 'seed' (known: coils)"},
    {"mri(mask=m.png,coils=a,coils=b)", 23, "unknown or repeated option 'coils'"},
    {"mri(msk=m.png)", 4, "unknown or repeated option 'msk' (known: mask, or a number"},
    {"ct(0)", 3, "number of angles must be an integer from 1 to 10000, found 0"},
    {"ct(file=a)", 3, "unknown or repeated option 'file' (known: angles, or a number"},
    {"matrix()", 7, "expected a file name, found ')'"},
    {"hdr()", 3, "expected the end of the task, found '('"},
    {"jpeg:101", 5, "JPEG quality must be an integer from 1 to 100, found 101"},
    {"quantise(0)", 9, "bits must be an integer from 1 to 16, found 0"},
    {"gamma", 5, "expected '(' after gamma, found the end"},
    {"gamma:0", 6, "exponent must be a number from 0.1 to 10, found 0"},
    {"den\xc3\xb6ise", 0, "unknown task 'den'"},
};

TEST(TaskGrammar, ErrorsPointAtTheCharacter) {
  for (const Refusal& refusal : kRefused) {
    SCOPED_TRACE(refusal.text);
    try {
      Task::parse(refusal.text);
      ADD_FAILURE() << "accepted";
    } catch (const ParseError& error) {
      EXPECT_EQ(error.position(), refusal.position) << error.what();
      const std::string message = error.what();
      EXPECT_NE(message.find(refusal.part), std::string::npos) << message;
      EXPECT_EQ(message.find('\n'), std::string::npos) << message;
    }
  }
}

TEST(TaskGrammar, BoundsDepthPartsAndLength) {
  const auto nested = [](int depth) {
    std::string text = "denoise";
    for (int i = 1; i < depth; ++i) text = "chain(" + text + ",denoise)";
    return text;
  };
  EXPECT_NO_THROW(Task::parse(nested(8)));
  EXPECT_THROW(Task::parse(nested(9)), ParseError);
  EXPECT_THROW(Task::parse(nested(400)), ParseError);

  const auto wide = [](int parts) {
    std::string text = "stack(denoise";
    for (int i = 1; i < parts; ++i) text += ",denoise";
    return text + ")";
  };
  EXPECT_NO_THROW(Task::parse(wide(16)));
  EXPECT_THROW(Task::parse(wide(17)), ParseError);

  EXPECT_THROW(Task::parse(std::string(5000, 'a')), ParseError);
  EXPECT_THROW(Task::parse(std::string(4000, 'a')), ParseError);
  // 2030 backslashes double in the canonical text.
  EXPECT_THROW(Task::parse("inpaint(mask=" + std::string(2100, '\\') + ")"), ParseError);
}

TEST(TaskPresets, ParseBuildAndAreDistinct) {
  for (const TaskPreset& preset : task_presets()) {
    SCOPED_TRACE(preset.name);
    const Task task = Task::parse(preset.name);
    EXPECT_EQ(task.text(), Task::parse(preset.task).text());
    EXPECT_EQ(task.text(), preset.task);
    EXPECT_NO_THROW(task.build({1, 3, 256, 256}, load));
    EXPECT_FALSE(preset.noise.empty());
    EXPECT_FALSE(preset.source.empty());
    int same = 0;
    for (const TaskPreset& other : task_presets()) same += other.name == preset.name ? 1 : 0;
    EXPECT_EQ(same, 1);
  }
}

TEST(TaskShapes, ImageShapeInvertsTheMeasurement) {
  const auto image = [](const std::string& text, const Shape& y, std::int64_t channels) {
    return Task::parse(text).image_shape(y, channels, load);
  };
  EXPECT_EQ(image("denoise", {2, 3, 5, 7}, 3), (Shape{1, 3, 5, 7}));
  EXPECT_EQ(image("sr(4,mean)", {1, 3, 5, 7}, 3), (Shape{1, 3, 20, 28}));
  EXPECT_EQ(image("colourise", {1, 1, 5, 7}, 3), (Shape{1, 3, 5, 7}));
  EXPECT_EQ(image("blur(kernel=k.npy;boundary=valid)", {1, 3, 5, 7}, 3), (Shape{1, 3, 7, 11}));
  EXPECT_EQ(image("blur(kernel=k.npy)", {1, 3, 5, 7}, 3), (Shape{1, 3, 5, 7}));
  EXPECT_EQ(image("sr(2,uniform:5;boundary=valid)", {1, 1, 3, 4}, 1), (Shape{1, 1, 10, 12}));
  EXPECT_EQ(image("chain(blur(uniform:5;boundary=valid),colourise,sr(2,mean))", {1, 1, 3, 4}, 3),
            (Shape{1, 3, 10, 12}));
  EXPECT_THROW(image("denoise", {1, 1, 5, 7}, 3), InvalidArgument);
  EXPECT_THROW(image("colourise", {1, 3, 5, 7}, 3), InvalidArgument);
  EXPECT_THROW(image("stack(denoise,denoise)", {1, 1, 1, 70}, 3), InvalidArgument);
  EXPECT_THROW(image("denoise", {1, 3, 0, 7}, 3), InvalidArgument);
  EXPECT_THROW(image("sr(64,mean)", {1, 3, 1 << 20, 1 << 20}, 3), InvalidArgument);
}

TEST(TaskShapes, FittingShapeIsTheLargestThatBuilds) {
  for (const char* text :
       {"denoise", "sr(4,mean)", "sr(3,bicubic)", "blur(uniform:5;boundary=valid)",
        "sr(2,uniform:5;boundary=valid)", "chain(blur(uniform:5;boundary=valid),sr(4,mean))",
        "chain(sr(2,mean),sr(3,mean))", "stack(sr(2,mean),sr(3,mean))",
        "stack(blur(uniform:5;boundary=valid),sr(4,mean))",
        "chain(sr(2,mean),stack(sr(2,mean),denoise))"}) {
    SCOPED_TRACE(text);
    const Task task = Task::parse(text);
    const Shape image{1, 3, 23, 18};
    const Shape fitting = task.fitting_shape(image, load);
    EXPECT_NO_THROW(task.build(fitting, load));
    EXPECT_EQ(task.fitting_shape(fitting, load), fitting);
    for (std::int64_t h = fitting.h + 1; h <= image.h; ++h) {
      EXPECT_THROW(task.build({1, 3, h, fitting.w}, load), InvalidArgument) << h;
    }
    for (std::int64_t w = fitting.w + 1; w <= image.w; ++w) {
      EXPECT_THROW(task.build({1, 3, fitting.h, w}, load), InvalidArgument) << w;
    }
  }
  EXPECT_THROW(Task::parse("sr(4,mean)").fitting_shape({1, 3, 3, 9}, load), InvalidArgument);
  EXPECT_THROW(Task::parse("blur(uniform:9;boundary=valid)").fitting_shape({1, 3, 8, 9}, load),
               InvalidArgument);
}

TEST(TaskShapes, RefusesChannelsThatDoNotFit) {
  EXPECT_THROW(Task::parse("colourise").build({1, 1, 4, 4}, load), InvalidArgument);
  EXPECT_THROW(Task::parse("chain(colourise,colourise)").build({1, 3, 4, 4}, load),
               InvalidArgument);
  EXPECT_THROW(Task::parse("denoise").build({1, 3, 0, 4}, load), InvalidArgument);
}

}  // namespace
}  // namespace modeseek
