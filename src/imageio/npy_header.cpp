#include "imageio/npy_header.hpp"

#include <algorithm>
#include <limits>
#include <string_view>

#include "modeseek/error.hpp"

namespace modeseek {
namespace {

constexpr std::size_t kMaxAxes = 32;  // NumPy's own limit

/// Reads the one Python dictionary that a header may be.
class DictParser {
 public:
  DictParser(std::string_view text, const std::string& name) : text_(text), name_(name) {}

  NpyHeader parse() {
    expect('{');
    while (!accept('}')) {
      entry();
      if (!accept(',')) {
        expect('}');
        break;
      }
    }
    skip_space();
    if (at_ != text_.size()) fail("text after the dictionary of the header");
    if (!has_descr_ || !has_order_ || !has_shape_) {
      fail("the header needs descr, fortran_order and shape");
    }
    return header_;
  }

 private:
  [[noreturn]] void fail(std::string_view problem) const {
    throw FileError(name_, "malformed .npy: " + std::string(problem));
  }

  void skip_space() {
    while (at_ < text_.size() &&
           (text_[at_] == ' ' || text_[at_] == '\n' || text_[at_] == '\t' || text_[at_] == '\r')) {
      ++at_;
    }
  }

  bool accept(char c) {
    skip_space();
    if (at_ >= text_.size() || text_[at_] != c) return false;
    ++at_;
    return true;
  }

  void expect(char c) {
    if (!accept(c)) fail(std::string("expected '") + c + "' in the header");
  }

  bool accept_word(std::string_view word) {
    skip_space();
    if (text_.substr(at_, word.size()) != word) return false;
    at_ += word.size();
    return true;
  }

  std::string_view string() {
    skip_space();
    if (at_ >= text_.size() || (text_[at_] != '\'' && text_[at_] != '"')) {
      fail("expected a string in the header");
    }
    const char quote = text_[at_++];
    const std::size_t end = text_.find(quote, at_);
    if (end == std::string_view::npos) fail("a string in the header does not end");
    const std::string_view value = text_.substr(at_, end - at_);
    if (value.find('\\') != std::string_view::npos) fail("an escape in a string of the header");
    at_ = end + 1;
    return value;
  }

  std::int64_t extent() {
    skip_space();
    std::int64_t value = 0;
    const std::size_t start = at_;
    for (; at_ < text_.size() && text_[at_] >= '0' && text_[at_] <= '9'; ++at_) {
      const std::int64_t digit = text_[at_] - '0';
      if (value > (std::numeric_limits<std::int64_t>::max() - digit) / 10) {
        fail("an extent of the shape is too large");
      }
      value = 10 * value + digit;
    }
    if (at_ == start) fail("expected a non-negative extent in the shape");
    return value;
  }

  void shape() {
    expect('(');
    while (!accept(')')) {
      if (header_.shape.size() == kMaxAxes) fail("the shape has too many axes");
      header_.shape.push_back(extent());
      if (accept(',')) continue;
      // `(3)` is a number in Python, not a shape.
      if (header_.shape.size() == 1) fail("expected ',' after the only extent of the shape");
      expect(')');
      break;
    }
  }

  void descr() {
    const std::string_view text = string();
    constexpr std::string_view kKinds = "fiub";
    if (text.size() == 3 && text[0] == '>') fail("big-endian elements are not read");
    const bool native = text.size() == 3 && (text[0] == '<' || text[0] == '|' || text[0] == '=');
    if (!native || kKinds.find(text[1]) == std::string_view::npos) unsupported(text);
    header_.kind = text[1];
    header_.item_size = static_cast<std::size_t>(text[2] - '0');
    const std::size_t size = header_.item_size;
    const bool power = size == 1 || size == 2 || size == 4 || size == 8;
    const bool fits = header_.kind == 'b'   ? size == 1
                      : header_.kind == 'f' ? power && size >= 2
                                            : power;
    if (!fits || (text[0] == '|' && size != 1)) unsupported(text);
  }

  [[noreturn]] void unsupported(std::string_view text) const {
    std::string shown(text.substr(0, 20));
    std::replace_if(
        shown.begin(), shown.end(), [](char c) { return c < ' ' || c > '~'; }, '?');
    fail("element type '" + shown + "', expected f2, f4, f8, i1 to i8, u1 to u8 or b1");
  }

  void once(bool& seen) {
    if (seen) fail("a key of the header comes twice");
    seen = true;
  }

  void entry() {
    const std::string_view key = string();
    expect(':');
    if (key == "descr") {
      once(has_descr_);
      descr();
    } else if (key == "fortran_order") {
      once(has_order_);
      header_.fortran_order = accept_word("True");
      if (!header_.fortran_order && !accept_word("False")) fail("fortran_order is True or False");
    } else if (key == "shape") {
      once(has_shape_);
      shape();
    } else {
      fail("unknown key in the header");
    }
  }

  std::string_view text_;
  const std::string& name_;
  std::size_t at_ = 0;
  NpyHeader header_;
  bool has_descr_ = false;
  bool has_order_ = false;
  bool has_shape_ = false;
};

std::size_t little_endian(std::span<const std::byte> bytes) {
  std::size_t value = 0;
  for (std::size_t i = bytes.size(); i-- > 0;) value = (value << 8) | std::size_t(bytes[i]);
  return value;
}

}  // namespace

NpyHeader parse_npy_header(std::span<const std::byte> bytes, const std::string& name) {
  constexpr std::string_view kMagic = "\x93NUMPY";
  constexpr std::size_t kVersionEnd = 8;
  const std::string_view text(reinterpret_cast<const char*>(bytes.data()), bytes.size());
  if (text.substr(0, kMagic.size()) != kMagic) throw FileError(name, "not an .npy file");
  if (bytes.size() < kVersionEnd) throw FileError(name, "truncated .npy");
  const int major = std::to_integer<int>(bytes[6]);
  const int minor = std::to_integer<int>(bytes[7]);
  if (major < 1 || major > 3 || minor != 0) {
    throw FileError(name, ".npy format " + std::to_string(major) + "." + std::to_string(minor) +
                              ", expected 1.0, 2.0 or 3.0");
  }
  const std::size_t length_size = major == 1 ? 2 : 4;
  const std::size_t start = kVersionEnd + length_size;
  if (bytes.size() < start) throw FileError(name, "truncated .npy");
  const std::size_t length = little_endian(bytes.subspan(kVersionEnd, length_size));
  if (length > max_npy_header) throw FileError(name, "malformed .npy: the header is too long");
  if (length > bytes.size() - start) throw FileError(name, "truncated .npy");
  NpyHeader header = DictParser(text.substr(start, length), name).parse();
  header.data_offset = start + length;
  return header;
}

}  // namespace modeseek
