#include "checkpoints/json_text.hpp"

#include <set>
#include <vector>

#include "checkpoints/messages.hpp"
#include "modeseek/error.hpp"

namespace modeseek::checkpoints {
namespace {

/// Sees every event of the parser and refuses what a well-meant file never holds.
class Guard {
 public:
  Guard(const std::string& path, const std::string& what) : path_(path), what_(what) {}

  void operator()(nlohmann::json::parse_event_t event, const nlohmann::json& value) {
    using Event = nlohmann::json::parse_event_t;
    switch (event) {
      case Event::object_start:
      case Event::array_start:
        if (static_cast<int>(keys_.size()) == max_json_depth) {
          throw FileError(
              path_, what_ + " nests deeper than " + std::to_string(max_json_depth) + " levels");
        }
        keys_.emplace_back();
        break;
      case Event::object_end:
      case Event::array_end:
        keys_.pop_back();
        break;
      case Event::key:
        check_key(value.get_ref<const std::string&>());
        break;
      case Event::value:
        break;
    }
  }

 private:
  void check_key(const std::string& key) {
    if (!keys_.back().insert(key).second) {
      throw FileError(path_, what_ + " names " + in_quotes(key) + " twice");
    }
  }

  const std::string& path_;
  const std::string& what_;
  std::vector<std::set<std::string>> keys_;  ///< one set for each open array or object
};

}  // namespace

nlohmann::json parse_json(std::string_view text, const std::string& path, const std::string& what) {
  Guard guard(path, what);
  const auto callback = [&guard](int, nlohmann::json::parse_event_t event, nlohmann::json& value) {
    guard(event, value);
    return true;
  };
  try {
    return nlohmann::json::parse(text.begin(), text.end(), callback);
  } catch (const nlohmann::json::parse_error& error) {
    // The library's own message quotes the text, however long; the place is enough.
    throw FileError(path, what + " is not valid JSON (at byte " + std::to_string(error.byte) + ")");
  } catch (const nlohmann::json::exception&) {
    throw FileError(path, what + " holds a number that is out of range");
  }
}

}  // namespace modeseek::checkpoints
