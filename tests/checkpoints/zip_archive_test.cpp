#include "checkpoints/zip_archive.hpp"

#include <gtest/gtest.h>

#include "checkpoints/files.hpp"

namespace modeseek::checkpoints {
namespace {

/// One entry as a test wants it, right or wrong.
struct Entry {
  std::string name;
  std::string data;
  std::uint16_t method = 0;
  std::uint16_t flags = 0;
  std::int64_t claimed_size = -1;
  std::int64_t claimed_offset = -1;
  std::string local_name = name;
};

std::uint32_t size32(std::size_t value) { return static_cast<std::uint32_t>(value); }
std::uint16_t size16(std::size_t value) { return static_cast<std::uint16_t>(value); }

std::string local_header(const Entry& entry) {
  return "PK\3\4" + raw<std::uint16_t>(0) + raw(entry.flags) + raw(entry.method) +
         std::string(16, '\0') + raw(size16(entry.local_name.size())) + raw<std::uint16_t>(0) +
         entry.local_name;
}

std::string central_header(const Entry& entry, std::size_t offset) {
  const auto size =
      entry.claimed_size < 0 ? entry.data.size() : static_cast<std::size_t>(entry.claimed_size);
  const auto place =
      entry.claimed_offset < 0 ? offset : static_cast<std::size_t>(entry.claimed_offset);
  return "PK\1\2" + raw<std::uint32_t>(0) + raw(entry.flags) + raw(entry.method) +
         std::string(8, '\0') + raw(size32(entry.data.size())) + raw(size32(size)) +
         raw(size16(entry.name.size())) + std::string(12, '\0') + raw(size32(place)) + entry.name;
}

std::string end_record(std::size_t count, std::size_t size, std::size_t offset,
                       const std::string& comment = "") {
  return "PK\5\6" + std::string(4, '\0') + raw(size16(count)) + raw(size16(count)) +
         raw(size32(size)) + raw(size32(offset)) + raw(size16(comment.size())) + comment;
}

std::string zip(const std::vector<Entry>& entries, const std::string& comment = "") {
  std::string body;
  std::string directory;
  for (const Entry& entry : entries) {
    directory += central_header(entry, body.size());
    body += local_header(entry) + entry.data;
  }
  return body + directory + end_record(entries.size(), directory.size(), body.size(), comment);
}

std::map<std::string, std::string> contents(const std::string& file) {
  const ZipArchive archive(bytes_of(file), "file");
  std::map<std::string, std::string> result;
  for (const auto& [name, bytes] : archive.entries()) {
    result[name] = {reinterpret_cast<const char*>(bytes.data()), bytes.size()};
  }
  return result;
}

std::string refusal_of(const std::string& file) {
  return refusal([&] { ZipArchive(bytes_of(file), "file").refuse_compressed(); });
}

TEST(ZipArchive, ReadsStoredEntries) {
  const std::map<std::string, std::string> expected{{"a", "one"}, {"b/c", ""}};
  EXPECT_EQ(contents(zip({{"a", "one"}, {"b/c", ""}})), expected);
  EXPECT_EQ(contents(zip({{"a", "one"}, {"b/c", ""}}, "PK\5\6 in a comment")), expected);
  EXPECT_TRUE(contents(zip({})).empty());
}

TEST(ZipArchive, RefusesCompressedAndEncryptedEntries) {
  EXPECT_EQ(refusal_of(zip({{"a", "one", 8, 0, 1 << 30}})),
            "file: refused: zip entry 'a' is compressed (3 bytes that claim to unfold into "
            "1073741824); PyTorch stores its entries uncompressed");
  EXPECT_EQ(refusal_of(zip({{"a", "one", 0, 1}})), "file: refused: zip entry 'a' is encrypted");
  EXPECT_EQ(refusal_of(zip({{"a", "one", 0, 0, 4}})),
            "file: zip entry 'a' is stored but claims two sizes");
}

TEST(ZipArchive, LeavesCompressedEntriesOut) {
  const std::map<std::string, std::string> expected{{"b", "two"}};
  EXPECT_EQ(contents(zip({{"a", "one", 8, 0, 1 << 30}, {"b", "two"}})), expected);
}

TEST(ZipArchive, RefusesOverlappingAndRepeatedEntries) {
  EXPECT_EQ(refusal_of(zip({{"a", "one"}, {"a", "two"}})), "file: the zip archive holds 'a' twice");
  EXPECT_EQ(refusal_of(zip({{"a", "one"}, {"b", "two", 0, 0, -1, 0, "b"}})),
            "file: zip entry 'b' has another name in its own header");
  // The second entry lies within the first one's data.
  const std::string inner = local_header({"b", "x"}) + "x";
  EXPECT_EQ(refusal_of(zip({{"a", inner}, {"b", "x", 0, 0, -1, 31}})),
            "file: refused: zip entries 'a' and 'b' overlap");
}

TEST(ZipArchive, RefusesEntriesOutsideTheFile) {
  EXPECT_EQ(refusal_of(zip({{"a", "one", 0, 0, -1, 34}})),
            "file: zip entry 'a' is not where the directory says");
  EXPECT_EQ(refusal_of(zip({{"a", "one", 0, 0, -1, 1 << 30}})),
            "file: zip entry 'a' is not where the directory says");
  Entry shorter{"a", "one"};
  const std::string body = local_header(shorter) + "on";
  const std::string directory = central_header(shorter, 0);
  EXPECT_EQ(refusal_of(body + directory + end_record(1, directory.size(), body.size())),
            "file: zip entry 'a' of 3 bytes lies outside the file");
}

TEST(ZipArchive, RefusesABadDirectory) {
  EXPECT_EQ(refusal_of("PK\3\4"), "file: the zip archive has no end record: the file is truncated");
  EXPECT_EQ(refusal_of(end_record(0, 1, 0)),
            "file: the zip archive's directory lies outside the file");
  EXPECT_EQ(refusal_of(std::string(46, 'x') + end_record(2, 46, 0)),
            "file: the zip archive counts more entries than its directory can hold");
  EXPECT_EQ(refusal_of(std::string(46, 'x') + end_record(1, 46, 0)),
            "file: the zip archive's directory ends too early");
}

/// The two records that zip64 adds before the end record.
std::string zip64_records(std::uint64_t count, std::uint64_t size, std::uint64_t offset,
                          std::uint64_t place) {
  return "PK\6\6" + raw<std::uint64_t>(44) + std::string(12, '\0') + raw(count) + raw(count) +
         raw(size) + raw(offset) + "PK\6\7" + raw<std::uint32_t>(0) + raw(place) +
         raw<std::uint32_t>(1);
}

TEST(ZipArchive, ReadsZip64) {
  const Entry entry{"a", "one"};
  const std::string body = local_header(entry) + entry.data;
  const std::uint32_t in_field = 0xffffffff;
  const std::string extra = raw<std::uint16_t>(9) + raw<std::uint16_t>(0) + raw<std::uint16_t>(1) +
                            raw<std::uint16_t>(24) + raw<std::uint64_t>(3) + raw<std::uint64_t>(3) +
                            raw<std::uint64_t>(0);
  const std::string directory = "PK\1\2" + std::string(16, '\0') + raw(in_field) + raw(in_field) +
                                raw<std::uint16_t>(1) + raw(size16(extra.size())) +
                                std::string(10, '\0') + raw(in_field) + "a" + extra;
  const std::string start = body + directory;
  const auto file = [&](std::uint64_t size, std::uint64_t offset, std::uint64_t place) {
    return start + zip64_records(1, size, offset, place) + end_record(0xffff, in_field, in_field);
  };
  const std::map<std::string, std::string> expected{{"a", "one"}};
  EXPECT_EQ(contents(file(directory.size(), body.size(), start.size())), expected);
  const std::uint64_t huge = std::numeric_limits<std::uint64_t>::max();
  EXPECT_EQ(refusal_of(file(directory.size(), huge, start.size())),
            "file: the zip archive's directory lies outside the file");
  EXPECT_EQ(refusal_of(file(huge, body.size(), start.size())),
            "file: the zip archive's directory lies outside the file");
  EXPECT_EQ(refusal_of(file(directory.size(), body.size(), huge)),
            "file: the zip archive has no zip64 end record where it says");
}

}  // namespace
}  // namespace modeseek::checkpoints
