#include "checkpoints/pickle_vm.hpp"

#include <cstring>
#include <limits>
#include <map>

#include "checkpoints/pickle_calls.hpp"
#include "checkpoints/pickle_stack.hpp"
#include "checkpoints/utf8.hpp"

namespace modeseek::checkpoints::pickle {
namespace {

/// The opcodes that pickles of protocol 2 to 5 need for data, by their names in pickletools.
enum class Op : unsigned char {
  mark = '(',
  stop = '.',
  pop = '0',
  pop_mark = '1',
  none = 'N',
  new_true = 0x88,
  new_false = 0x89,
  bin_int = 'J',
  bin_int1 = 'K',
  bin_int2 = 'M',
  long1 = 0x8a,
  long4 = 0x8b,
  bin_float = 'G',
  bin_string = 'T',
  short_bin_string = 'U',
  bin_unicode = 'X',
  short_bin_unicode = 0x8c,
  bin_unicode8 = 0x8d,
  bin_bytes = 'B',
  short_bin_bytes = 'C',
  bin_bytes8 = 0x8e,
  byte_array8 = 0x96,
  empty_list = ']',
  append = 'a',
  appends = 'e',
  list = 'l',
  empty_tuple = ')',
  tuple = 't',
  tuple1 = 0x85,
  tuple2 = 0x86,
  tuple3 = 0x87,
  empty_dict = '}',
  dict = 'd',
  set_item = 's',
  set_items = 'u',
  empty_set = 0x8f,
  add_items = 0x90,
  frozen_set = 0x91,
  global = 'c',
  stack_global = 0x93,
  inst = 'i',
  reduce = 'R',
  build = 'b',
  new_obj = 0x81,
  bin_put = 'q',
  long_bin_put = 'r',
  memoize = 0x94,
  bin_get = 'h',
  long_bin_get = 'j',
  bin_pers_id = 'Q',
  protocol = 0x80,
  frame = 0x95,
  string = 'S',
  unicode = 'V',
  put = 'p',
};

class Machine {
 public:
  Machine(const Context& context, std::span<const std::byte> bytes, std::size_t begin)
      : context_(context), heap_(context.heap), cursor_(heap_, bytes, begin), stack_(cursor_) {}

  Result run() {
    for (;;) {
      heap_.spend_items(1);
      const std::size_t start = cursor_.position();
      const auto op = static_cast<Op>(cursor_.take(1)[0]);
      if (op == Op::stop) return {stack_.pop(), cursor_.position()};
      if (!scalar(op) && !container(op) && !reference(op) && !construction(op)) refuse(op, start);
    }
  }

 private:
  // The groups of opcodes; each says whether the opcode was one of its own.

  bool scalar(Op op) {
    switch (op) {
      case Op::none:
        push(heap_.make(None{}));
        return true;
      case Op::new_true:
      case Op::new_false:
        push(heap_.make(op == Op::new_true));
        return true;
      case Op::bin_int:
        push(heap_.make(std::int64_t{static_cast<std::int32_t>(cursor_.number(4))}));
        return true;
      case Op::bin_int1:
        push(heap_.make(static_cast<std::int64_t>(cursor_.number(1))));
        return true;
      case Op::bin_int2:
        push(heap_.make(static_cast<std::int64_t>(cursor_.number(2))));
        return true;
      case Op::long1:
        push(long_integer(cursor_.take(cursor_.number(1))));
        return true;
      case Op::long4:
        push(long_integer(cursor_.take(cursor_.number(4))));
        return true;
      case Op::bin_float:
        push(heap_.make(cursor_.big_endian_double()));
        return true;
      default:
        return text_or_bytes(op);
    }
  }

  bool text_or_bytes(Op op) {
    switch (op) {
      case Op::short_bin_unicode:
        push(unicode(cursor_.take(cursor_.number(1))));
        return true;
      case Op::bin_unicode:
        push(unicode(cursor_.take(cursor_.number(4))));
        return true;
      case Op::bin_unicode8:
        push(unicode(cursor_.take(cursor_.number(8))));
        return true;
      case Op::short_bin_bytes:
        push(heap_.make(Bytes{cursor_.take(cursor_.number(1))}));
        return true;
      case Op::bin_bytes:
        push(heap_.make(Bytes{cursor_.take(cursor_.number(4))}));
        return true;
      case Op::bin_bytes8:
      case Op::byte_array8:
        push(heap_.make(Bytes{cursor_.take(cursor_.number(8))}));
        return true;
      case Op::short_bin_string:
        push(old_string(cursor_.take(cursor_.number(1))));
        return true;
      case Op::bin_string:
        push(old_string(cursor_.take(cursor_.number(4))));
        return true;
      default:
        return false;
    }
  }

  bool container(Op op) {
    switch (op) {
      case Op::empty_list:
        push(heap_.make(List{}));
        return true;
      case Op::list:
        push(heap_.make(List{stack_.pop_to_mark()}));
        return true;
      case Op::append: {
        Value* item = stack_.pop();
        top_as<List>("a list").items.push_back(item);
        return true;
      }
      case Op::appends:
        extend("a list", &List::items);
        return true;
      case Op::empty_set:
        push(heap_.make(Set{}));
        return true;
      case Op::frozen_set:
        push(heap_.make(Set{stack_.pop_to_mark()}));
        return true;
      case Op::add_items:
        extend("a set", &Set::items);
        return true;
      default:
        return tuple(op) || dict(op);
    }
  }

  bool tuple(Op op) {
    switch (op) {
      case Op::empty_tuple:
        push(heap_.make(Tuple{}));
        return true;
      case Op::tuple:
        push(heap_.make(Tuple{stack_.pop_to_mark()}));
        return true;
      case Op::tuple1:
        push(heap_.make(Tuple{stack_.pop_last(1)}));
        return true;
      case Op::tuple2:
        push(heap_.make(Tuple{stack_.pop_last(2)}));
        return true;
      case Op::tuple3:
        push(heap_.make(Tuple{stack_.pop_last(3)}));
        return true;
      default:
        return false;
    }
  }

  bool dict(Op op) {
    switch (op) {
      case Op::empty_dict:
        push(heap_.make(Dict{}));
        return true;
      case Op::dict: {
        const Items items = stack_.pop_to_mark();
        push(heap_.make(Dict{}));
        add_members(items);
        return true;
      }
      case Op::set_item:
        add_members(stack_.pop_last(2));
        return true;
      case Op::set_items:
        add_members(stack_.pop_to_mark());
        return true;
      default:
        return false;
    }
  }

  bool reference(Op op) {
    switch (op) {
      case Op::mark:
        stack_.mark();
        return true;
      case Op::pop:
        stack_.pop();
        return true;
      case Op::pop_mark:
        stack_.pop_to_mark();
        return true;
      case Op::bin_put:
        memo_[cursor_.number(1)] = stack_.top();
        return true;
      case Op::long_bin_put:
        memo_[cursor_.number(4)] = stack_.top();
        return true;
      case Op::memoize:
        memo_[memo_.size()] = stack_.top();
        return true;
      case Op::bin_get:
        push(recall(cursor_.number(1)));
        return true;
      case Op::long_bin_get:
        push(recall(cursor_.number(4)));
        return true;
      case Op::protocol:
        if (cursor_.number(1) > 5) fail("is of an unknown protocol");
        return true;
      case Op::frame:
        cursor_.number(8);  // a hint for buffered readers
        return true;
      default:
        return false;
    }
  }

  bool construction(Op op) {
    switch (op) {
      case Op::global:
      case Op::inst: {
        const std::string_view module = cursor_.line();
        Value* found = look_up(heap_, module, cursor_.line());
        if (op == Op::inst) return false;
        push(found);
        return true;
      }
      case Op::stack_global: {
        const auto* name = as<Text>(stack_.pop());
        const auto* module = as<Text>(stack_.pop());
        if (name == nullptr || module == nullptr) fail("asks for a name that is no text");
        push(look_up(heap_, module->text, name->text));
        return true;
      }
      case Op::reduce: {
        const Value* arguments = stack_.pop();
        push(call(context_, stack_.pop(), arguments));
        return true;
      }
      case Op::new_obj: {
        const Value* arguments = stack_.pop();
        push(instantiate(context_, stack_.pop(), arguments));
        return true;
      }
      case Op::build: {
        const Value* state = stack_.pop();
        set_state(context_, stack_.top(), state);
        return true;
      }
      case Op::bin_pers_id:
        push(persistent_storage(context_, stack_.pop()));
        return true;
      default:
        return old_text(op);
    }
  }

  /// Protocol 0 writes texts as lines. Checkpoints use protocol 2 and later, but a hand-made pickle
  /// mixes them; reading on leads to the name that it wants to run, which makes the better message.
  bool old_text(Op op) {
    switch (op) {
      case Op::string:
      case Op::unicode:
        push(old_string(std::as_bytes(std::span(cursor_.line()))));
        return true;
      case Op::put:
        cursor_.line();
        return true;
      default:
        return false;
    }
  }

  void push(Value* value) { stack_.push(value); }

  template <class T>
  T& top_as(const char* what) const {
    Value* value = stack_.top();
    T* content = as<T>(value);
    if (content == nullptr) fail("extends " + describe(value) + " as if it were " + what);
    return *content;
  }

  template <class T>
  void extend(const char* what, Items T::*member) {
    const Items items = stack_.pop_to_mark();
    Items& target = top_as<T>(what).*member;
    target.insert(target.end(), items.begin(), items.end());
  }

  void add_members(const Items& items) {
    if (items.size() % 2 != 0) fail("gives a dict a key without a value");
    auto& members = top_as<Dict>("a dict").members;
    for (std::size_t i = 0; i < items.size(); i += 2) members.emplace_back(items[i], items[i + 1]);
  }

  Value* recall(std::uint64_t index) const {
    const auto found = memo_.find(index);
    if (found == memo_.end()) fail("recalls a value that it never stored");
    return found->second;
  }

  Value* long_integer(std::span<const std::byte> bytes) {
    if (bytes.size() > 8) return heap_.make(BigInteger{as_text(bytes)});
    const bool negative = !bytes.empty() && (bytes.back() & std::byte{0x80}) != std::byte{0};
    std::uint64_t value = negative ? std::numeric_limits<std::uint64_t>::max() : 0;
    if (!bytes.empty()) std::memcpy(&value, bytes.data(), bytes.size());
    return heap_.make(static_cast<std::int64_t>(value));
  }

  Value* unicode(std::span<const std::byte> bytes) {
    const std::string_view text = as_text(bytes);
    if (!is_utf8(text)) fail("holds a text that is not UTF-8");
    return heap_.make(Text{text});
  }

  /// Python 2 did not tell text from bytes.
  Value* old_string(std::span<const std::byte> bytes) {
    const std::string_view text = as_text(bytes);
    return is_utf8(text) ? heap_.make(Text{text}) : heap_.make(Bytes{bytes});
  }

  [[noreturn]] void fail(const std::string& problem) const { cursor_.fail(problem); }

  [[noreturn]] void refuse(Op op, std::size_t at) const {
    heap_.fail("refused: the pickle at byte " + std::to_string(at) + " uses the opcode " +
               std::to_string(static_cast<int>(op)) + ", which no checkpoint needs");
  }

  const Context& context_;
  Heap& heap_;
  Cursor cursor_;
  Stack stack_;
  std::map<std::uint64_t, Value*> memo_;  ///< ordered: no index is slow, however chosen
};

}  // namespace

Result read(const Context& context, std::span<const std::byte> bytes, std::size_t begin) {
  return Machine(context, bytes, begin).run();
}

}  // namespace modeseek::checkpoints::pickle
