#pragma once
// A JSON document read field by field, as strictly as a usage event: UTF-8, no byte order mark, no name
// twice, no lone surrogate, depth 16. For records off the hot path. Borrows: the text. Failure: every
// complaint is an Error with the code given to parse() and the field's path.
#include <cstdint>
#include <initializer_list>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "schemas/base/json_scan.h"
#include "tidemark/quantity.h"
#include "tidemark/result.h"
#include "tidemark/time.h"

namespace tidemark::schemas {

class JsonObject;

class JsonDocument {
 public:
  // The root must be an object.
  static Result<JsonDocument> parse(std::string_view text, std::string_view error_code);
  JsonObject root() const;

 private:
  friend class JsonObject;
  std::unique_ptr<JsonScanner> json_;
  std::string error_code_;
};

// A view of one object. REQUIRES: the document outlives it.
class JsonObject {
 public:
  bool has(std::string_view name) const { return find(name).has_value(); }
  Status refuse_other_than(std::initializer_list<std::string_view> names) const;
  // Each fails when the member is missing or of another type.
  Result<std::string> string(std::string_view name) const;
  Result<std::string> id(std::string_view name) const;  // 1-128 bytes, no NUL
  Result<std::int64_t> integer(std::string_view name, std::int64_t min, std::int64_t max) const;
  Result<bool> boolean(std::string_view name) const;
  Result<EventTime> time(std::string_view name) const;
  Result<Quantity> quantity(std::string_view name) const;  // a decimal string
  Result<JsonObject> object(std::string_view name) const;
  Result<std::vector<JsonObject>> objects(std::string_view name) const;  // an array of objects
  std::vector<std::string> names() const;
  bool is_null(std::string_view name) const;
  std::string raw() const;  // the object's text as written
  Error error(std::string_view name, std::string_view why) const;

 private:
  friend class JsonDocument;
  JsonObject(const JsonDocument& document, std::uint32_t node, std::string path)
      : document_(&document), node_(node), path_(std::move(path)) {}
  const JsonScanner& json() const { return *document_->json_; }
  std::optional<std::uint32_t> find(std::string_view name) const;
  Result<std::uint32_t> find(std::string_view name, JsonKind kind, std::string_view wanted) const;
  std::string text(std::uint32_t node) const;

  const JsonDocument* document_;
  std::uint32_t node_;
  std::string path_;  // "versions[0]."
};

}  // namespace tidemark::schemas
