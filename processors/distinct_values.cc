#include "processors/distinct_values.h"

#include "schemas/base/hash.h"
#include "tidemark/bytes.h"

namespace tidemark::processors {
namespace {

void append_hash(std::string& out, const Hash128& hash) {
  ByteWriter(out).fixed64(hash.high);
  ByteWriter(out).fixed64(hash.low);
}

std::string prefix_of(std::string_view window_key) {
  std::string prefix = "u";
  append_hash(prefix, schemas::hash128_of(window_key));
  return prefix;
}

std::string key_of(std::string_view window_key, const Hash128& value) {
  std::string key = prefix_of(window_key);
  append_hash(key, value);
  return key;
}

}  // namespace

Result<bool> DistinctValues::contains(std::string_view window_key, const Hash128& value) {
  auto row = store_.get(key_of(window_key, value));
  if (!row) return row.error();
  return row->has_value();
}

void DistinctValues::add(std::string_view window_key, const Hash128& value) {
  store_.put(key_of(window_key, value), "");
}

Result<std::size_t> DistinctValues::erase_of(std::string_view window_key, std::size_t count_max) {
  const std::string begin = prefix_of(window_key);
  std::string end = begin;
  append_hash(end, {UINT64_MAX, UINT64_MAX});
  end.push_back('\0');
  auto rows = store_.scan(begin, end, count_max);
  if (!rows) return rows.error();
  for (const auto& [key, unused] : *rows) store_.erase(key);
  return rows->size();
}

}  // namespace tidemark::processors
