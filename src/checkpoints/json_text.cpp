#include "checkpoints/json_text.hpp"

#include <cstddef>
#include <cstdint>
#include <utility>
#include <vector>

#include "checkpoints/messages.hpp"
#include "modeseek/error.hpp"

namespace modeseek::checkpoints {
namespace {

using Json = nlohmann::json;

/// Builds the value from the parser's events and refuses what a well-meant file never holds. (The
/// library's own parser with a callback takes quadratic time: at the end of every nested object it
/// searches the one around it.)
class Builder {
 public:
  Builder(const std::string& path, const std::string& what) : path_(path), what_(what) {}

  Json take() { return std::move(root_); }

  bool null() { return add(nullptr); }
  bool boolean(bool value) { return add(value); }
  bool number_integer(std::int64_t value) { return add(value); }
  bool number_unsigned(std::uint64_t value) { return add(value); }
  bool number_float(double value, const std::string& /*text*/) { return add(value); }
  bool string(std::string& value) { return add(std::move(value)); }
  bool binary(Json::binary_t& value) { return add(std::move(value)); }

  bool start_object(std::size_t /*size*/) { return open(Json::object()); }
  bool start_array(std::size_t /*size*/) { return open(Json::array()); }
  bool end_object() { return close(); }
  bool end_array() { return close(); }

  bool key(std::string& name) {
    if (open_.back()->contains(name)) {
      throw FileError(path_, what_ + " names " + in_quotes(name) + " twice");
    }
    key_ = std::move(name);
    return true;
  }

  /// The library's message quotes the text, however long; the place is enough.
  bool parse_error(std::size_t position, const std::string& /*token*/,
                   const Json::exception& error) {
    constexpr int number_overflow = 406;
    if (error.id == number_overflow) {
      throw FileError(path_, what_ + " holds a number that is out of range");
    }
    throw FileError(path_, what_ + " is not valid JSON (at byte " + std::to_string(position) + ")");
  }

 private:
  /// Where the next value goes: the root, the end of the open array or the open object's new
  /// member.
  Json* place(Json value) {
    if (open_.empty()) return &(root_ = std::move(value));
    Json& parent = *open_.back();
    if (parent.is_array()) return &parent.emplace_back(std::move(value));
    return &(parent[std::move(key_)] = std::move(value));
  }

  bool add(Json value) {
    place(std::move(value));
    return true;
  }

  bool open(Json value) {
    if (open_.size() == max_json_depth) {
      throw FileError(path_,
                      what_ + " nests deeper than " + std::to_string(max_json_depth) + " levels");
    }
    // Stays valid while it is open: until it is closed, nothing is added to what is around it.
    open_.push_back(place(std::move(value)));
    return true;
  }

  bool close() {
    open_.pop_back();
    return true;
  }

  const std::string& path_;
  const std::string& what_;
  Json root_;
  std::vector<Json*> open_;
  std::string key_;
};

}  // namespace

nlohmann::json parse_json(std::string_view text, const std::string& path, const std::string& what) {
  Builder builder(path, what);
  Json::sax_parse(text.begin(), text.end(), &builder);
  return builder.take();
}

}  // namespace modeseek::checkpoints
