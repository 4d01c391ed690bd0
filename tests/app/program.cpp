#include "app/program.hpp"

#include <fcntl.h>
#include <gtest/gtest.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <chrono>
#include <cmath>
#include <csignal>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <sstream>
#include <thread>

#include "modeseek/image.hpp"

namespace modeseek::test {
namespace {

namespace fs = std::filesystem;

[[noreturn]] void become_program(std::vector<char*> argv, const std::string& out,
                                 const std::string& err, std::uint64_t address_space) {
  const int out_file = open(out.c_str(), O_WRONLY | O_CREAT | O_TRUNC, 0600);
  const int err_file = open(err.c_str(), O_WRONLY | O_CREAT | O_TRUNC, 0600);
  dup2(out_file, STDOUT_FILENO);
  dup2(err_file, STDERR_FILENO);
  if (address_space != 0) {
    const rlimit limit{address_space, address_space};
    setrlimit(RLIMIT_AS, &limit);
  }
  execv(argv[0], argv.data());
  _exit(127);
}

}  // namespace

TemporaryFolder::TemporaryFolder() {
  std::string pattern = testing::TempDir() + "modeseek-test-XXXXXX";
  const char* made = mkdtemp(pattern.data());
  path_ = made == nullptr ? std::string() : std::string(made);
}

TemporaryFolder::~TemporaryFolder() {
  std::error_code error;
  fs::remove_all(path_, error);
}

std::vector<std::string> TemporaryFolder::files() const {
  std::vector<std::string> names;
  for (const auto& entry : fs::directory_iterator(path_)) {
    names.push_back(entry.path().filename().string());
  }
  std::sort(names.begin(), names.end());
  return names;
}

Program::Program(const std::vector<std::string>& arguments, std::uint64_t address_space) {
  std::vector<std::string> all{MODESEEK_PROGRAM};
  all.insert(all.end(), arguments.begin(), arguments.end());
  std::vector<char*> argv;
  for (std::string& argument : all) argv.push_back(argument.data());
  argv.push_back(nullptr);
  const std::string out = streams_("out");
  const std::string err = streams_("err");
  process_ = fork();
  if (process_ == 0) become_program(argv, out, err, address_space);
}

bool Program::ended() {
  if (!ended_ && waitpid(process_, &status_, WNOHANG) == process_) ended_ = true;
  return ended_;
}

bool Program::wait_for_error_text(const std::string& text) {
  while (true) {
    const bool over = ended();
    if (read_text(streams_("err")).find(text) != std::string::npos) return true;
    if (over) return false;
    std::this_thread::sleep_for(std::chrono::milliseconds(5));
  }
}

void Program::send(int signal) const { kill(process_, signal); }

Outcome Program::wait() {
  if (!ended_) waitpid(process_, &status_, 0);
  ended_ = true;
  return {WIFEXITED(status_) ? WEXITSTATUS(status_) : -1, read_text(streams_("out")),
          read_text(streams_("err"))};
}

Outcome run_program(const std::vector<std::string>& arguments, std::uint64_t address_space) {
  return Program(arguments, address_space).wait();
}

std::vector<std::string> with_tiny_prior(std::vector<std::string> arguments) {
  arguments.insert(arguments.end(),
                   {"--prior", std::string(MODESEEK_TEST_DATA) + "/natural/tiny.safetensors"});
  return arguments;
}

std::vector<std::string> lines(const std::string& text) {
  std::vector<std::string> all;
  std::istringstream stream(text);
  for (std::string line; std::getline(stream, line);) all.push_back(line);
  return all;
}

void write_test_picture(const std::string& path, int rows, int columns, int channels, bool alpha) {
  Image image;
  image.bits = 8;
  image.pixels = Tensor(Shape{1, channels, rows, columns});
  for (int c = 0; c < channels; ++c) {
    for (int y = 0; y < rows; ++y) {
      for (int x = 0; x < columns; ++x) {
        image.pixels(0, c, y, x) =
            0.6F * std::sin(0.21F * float(x) + float(c)) * std::cos(0.17F * float(y)) +
            0.1F * float((x / 3 + y / 3) % 2);
      }
    }
  }
  if (alpha) {
    image.alpha = Tensor(Shape{1, 1, rows, columns}, 1.0F);
    (*image.alpha)(0, 0, 0, 0) = 0.2F;
  }
  write_image(path, image);
}

std::string read_text(const std::string& path) {
  std::ifstream file(path, std::ios::binary);
  return {std::istreambuf_iterator<char>(file), {}};
}

void write_text(const std::string& path, const std::string& text) {
  std::ofstream(path, std::ios::binary) << text;
}

}  // namespace modeseek::test
