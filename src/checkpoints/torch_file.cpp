// PyTorch's two file forms (torch/serialization.py): since 1.6 a zip archive with the pickle
// NAME/data.pkl and each storage in NAME/data/KEY; before, five pickles one after the other (magic
// number, version, system, object, keys of the storages) and then the storages.
#include <cstring>
#include <utility>

#include "checkpoints/formats.hpp"
#include "checkpoints/messages.hpp"
#include "checkpoints/pickle_vm.hpp"
#include "checkpoints/weights.hpp"
#include "checkpoints/zip_archive.hpp"
#include "modeseek/error.hpp"

namespace modeseek::checkpoints {
namespace {

using pickle::Context;
using pickle::Heap;
using pickle::Storage;
using pickle::StorageTable;
using pickle::Value;

/// 0x1950a86a20f9469cfc6c, little endian.
constexpr std::string_view legacy_magic("\x6c\xfc\x9c\x46\xf9\x20\x6a\xa8\x50\x19", 10);
constexpr std::int64_t legacy_version = 1001;

bool is_legacy_magic(const Value* value) {
  const auto* number = pickle::as<pickle::BigInteger>(value);
  return number != nullptr && number->bytes == legacy_magic;
}

void resolve(const Heap& heap, Storage& storage, std::string_view key,
             std::span<const std::byte> bytes) {
  const std::size_t needed = static_cast<std::size_t>(storage.count) * size_of(storage.type);
  if (bytes.size() != needed) {
    heap.fail("storage " + in_quotes(key) + " has " + std::to_string(bytes.size()) +
              " bytes, expected " + std::to_string(needed));
  }
  storage.bytes = bytes;
  storage.resolved = true;
}

/// What follows the magic number of the old form.
class LegacyReader {
 public:
  LegacyReader(const Context& context, std::span<const std::byte> bytes, std::size_t position)
      : context_(context), heap_(context.heap), bytes_(bytes), position_(position) {}

  Value* read() {
    check_version();
    check_system();
    Value* root = next();
    const auto* keys = pickle::as<pickle::List>(next());
    if (keys == nullptr) heap_.fail("has no list of storages");
    for (const Value* key : keys->items) read_storage(key);
    return root;
  }

 private:
  Value* next() {
    const pickle::Result result = pickle::read(context_, bytes_, position_);
    position_ = result.end;
    return result.root;
  }

  void check_version() {
    const auto* version = pickle::as<std::int64_t>(next());
    if (version == nullptr || *version != legacy_version) {
      heap_.fail("is of an unknown version of PyTorch's old file form");
    }
  }

  void check_system() {
    const auto* system = pickle::as<pickle::Dict>(next());
    const auto* little =
        system == nullptr ? nullptr : pickle::as<bool>(heap_.find(*system, "little_endian"));
    if (little == nullptr || !*little) heap_.fail("was not written by a little-endian machine");
  }

  std::span<const std::byte> take(std::size_t count) {
    if (count > bytes_.size() - position_) heap_.fail("ends within its storages");
    const auto taken = bytes_.subspan(position_, count);
    position_ += count;
    return taken;
  }

  void read_storage(const Value* key) {
    const auto* text = pickle::as<pickle::Text>(key);
    const auto found =
        text == nullptr ? context_.storages.end() : context_.storages.find(text->text);
    if (found == context_.storages.end() || found->second->resolved) {
      heap_.fail("lists a storage that no tensor names, or lists one twice");
    }
    std::int64_t count = 0;
    std::memcpy(&count, take(sizeof count).data(), sizeof count);
    Storage& storage = *found->second;
    if (count != storage.count) {
      heap_.fail("storage " + in_quotes(text->text) + " has " + std::to_string(count) +
                 " elements, expected " + std::to_string(storage.count));
    }
    resolve(heap_, storage, text->text,
            take(static_cast<std::size_t>(count) * size_of(storage.type)));
  }

  const Context& context_;
  Heap& heap_;
  std::span<const std::byte> bytes_;
  std::size_t position_;
};

/// A storage that was saved in the old form inside a pickle: how plain pickles hold tensors.
Value* read_nested(Heap& heap, std::span<const std::byte> bytes) {
  StorageTable storages;
  const Context context{heap, storages, {}};
  const pickle::Result magic = pickle::read(context, bytes, 0);
  if (!is_legacy_magic(magic.root)) heap.fail("holds bytes that are no saved storage");
  return LegacyReader(context, bytes, magic.end).read();
}

/// The archive's only data.pkl; its folder is the archive's name, which nobody knows beforehand.
std::string find_prefix(const ZipArchive& archive, const std::string& path) {
  constexpr std::string_view pickle_name = "/data.pkl";
  for (const auto& [name, bytes] : archive.entries()) {
    const std::size_t slash = name.find('/');
    if (slash != std::string::npos && name.substr(slash) == pickle_name) {
      return name.substr(0, slash + 1);
    }
  }
  archive.refuse_compressed();
  throw FileError(path, "is a zip archive without data.pkl: no PyTorch file");
}

void check_archive(const ZipArchive& archive, const std::string& prefix, const std::string& path) {
  if (archive.entries().contains(prefix + "constants.pkl")) {
    throw FileError(path,
                    "is a TorchScript program, whose code would run: a modeseek built with "
                    "-DMODESEEK_WITH_TORCH=ON opens it when named torchscript:FILE");
  }
  archive.refuse_compressed();
  const auto order = archive.entries().find(prefix + "byteorder");
  if (order == archive.entries().end()) return;
  constexpr std::string_view little = "little";
  const auto bytes = order->second;
  if (bytes.size() != little.size() ||
      std::memcmp(bytes.data(), little.data(), little.size()) != 0) {
    throw FileError(path, "was not written by a little-endian machine");
  }
}

}  // namespace

bool is_zip(std::span<const std::byte> bytes) {
  constexpr std::string_view signature = "PK\3\4";
  return bytes.size() >= signature.size() &&
         std::memcmp(bytes.data(), signature.data(), signature.size()) == 0;
}

bool is_pickle(std::span<const std::byte> bytes) {
  // The opcode PROTO and a version; the same two bytes would be a safetensors header of 128 + 256 n
  // bytes, whose 9th byte is "{" and whose length has zero bytes at its end.
  const bool protocol = bytes.size() >= 2 && bytes[0] == std::byte{0x80} &&
                        bytes[1] >= std::byte{2} && bytes[1] <= std::byte{5};
  const bool header = bytes.size() >= 9 && bytes[7] == std::byte{0} && bytes[8] == std::byte{'{'};
  return protocol && !header;
}

Checkpoint parse_torch_zip(std::span<const std::byte> bytes, const std::string& name,
                           std::shared_ptr<const void> storage) {
  const ZipArchive archive(bytes, name);
  const std::string prefix = find_prefix(archive, name);
  check_archive(archive, prefix, name);
  Heap heap(name, bytes.size());
  StorageTable storages;
  const Context context{heap, storages, {}};
  const Value* root = pickle::read(context, archive.entries().at(prefix + "data.pkl"), 0).root;
  for (const auto& [key, target] : storages) {
    const auto entry = archive.entries().find(prefix + "data/" + std::string(key));
    if (entry != archive.entries().end()) resolve(heap, *target, key, entry->second);
  }
  return pickle::take_weights(heap, root, std::move(storage));
}

Checkpoint parse_torch_pickle(std::span<const std::byte> bytes, const std::string& name,
                              std::shared_ptr<const void> storage) {
  Heap heap(name, bytes.size());
  StorageTable storages;
  const Context context{heap, storages, [&heap](std::span<const std::byte> inner) {
                          return read_nested(heap, inner);
                        }};
  const pickle::Result first = pickle::read(context, bytes, 0);
  const Value* root =
      is_legacy_magic(first.root) ? LegacyReader(context, bytes, first.end).read() : first.root;
  return pickle::take_weights(heap, root, std::move(storage));
}

}  // namespace modeseek::checkpoints
