#pragma once

#include <sys/types.h>

#include <cstdint>
#include <string>
#include <vector>

namespace modeseek::test {

/// A folder of its own for one test, removed with everything in it at the end.
class TemporaryFolder {
 public:
  TemporaryFolder();
  ~TemporaryFolder();
  TemporaryFolder(const TemporaryFolder&) = delete;
  TemporaryFolder& operator=(const TemporaryFolder&) = delete;

  /// The path of `name` in it.
  std::string operator()(const std::string& name) const { return path_ + "/" + name; }
  const std::string& path() const { return path_; }
  /// Names of the files in it, hidden ones too, sorted.
  std::vector<std::string> files() const;

 private:
  std::string path_;
};

/// How the program ended.
struct Outcome {
  int code = -1;  ///< exit code, or -1 when a signal killed it
  std::string out;
  std::string err;
};

/// The built `modeseek`, started with these arguments; its output is kept.
class Program {
 public:
  /// `address_space` limits its memory in bytes, 0: no limit.
  explicit Program(const std::vector<std::string>& arguments, std::uint64_t address_space = 0);
  /// Waits until the text appears on its standard error; false when it ended before.
  bool wait_for_error_text(const std::string& text);
  void send(int signal) const;
  Outcome wait();

 private:
  bool ended();

  TemporaryFolder streams_;
  pid_t process_ = -1;
  int status_ = 0;
  bool ended_ = false;
};

/// Runs it to its end.
Outcome run_program(const std::vector<std::string>& arguments, std::uint64_t address_space = 0);

/// The tiny prior of tests/data, as arguments.
std::vector<std::string> with_tiny_prior(std::vector<std::string> arguments);

/// Lines of a text.
std::vector<std::string> lines(const std::string& text);

/// A smooth colour picture with some texture, written as `path`; `channels` 1 or 3.
void write_test_picture(const std::string& path, int rows, int columns, int channels = 3,
                        bool alpha = false);

std::string read_text(const std::string& path);
void write_text(const std::string& path, const std::string& text);

}  // namespace modeseek::test
