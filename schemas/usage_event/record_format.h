#pragma once
// What a record's headers say about its value: the content type, and the attributes of a CloudEvent in binary
// mode (Kafka protocol binding 1.0).
#include <array>
#include <span>
#include <string_view>
#include <vector>

#include "schemas/usage_event/decode_outcome.h"
#include "schemas/usage_event/event_fields.h"
#include "tidemark/record.h"

namespace tidemark::schemas {

enum class ContentType : std::uint8_t {
  none,               // or one that says nothing about events
  lines,              // one JSON value a line
  cloud_event,        // in structured mode, as JSON
  cloud_event_batch,  // a JSON array of them
  cloud_event_other,  // in a format other than JSON
};

struct RecordFormat {
  ContentType content_type = ContentType::none;  // of several the first that says something
  bool has_attributes = false;                   // headers ce_*

  bool is_structured() const {
    return content_type == ContentType::cloud_event || content_type == ContentType::cloud_event_batch;
  }
  bool is_binary() const { return has_attributes && content_type <= ContentType::lines; }
  bool is_packed() const {
    return content_type == ContentType::cloud_event_batch ||
           (content_type == ContentType::lines && !has_attributes);
  }
};

RecordFormat format_of_headers(std::span<const HeaderView> headers);

// application/json or +json, whatever its parameters.
bool is_json_type(std::string_view content_type);

// The attributes of the record at hand. Owns scratch space, reused; borrows the headers. Threading: confined.
class AttributeReader {
 public:
  // False: a header comes twice or is not UTF-8; `outcome` says which.
  bool read(std::span<const HeaderView> headers, DecodeOutcome& outcome);
  // nullptr: absent. datacontenttype is the header content-type.
  const HeaderView* find(Field field) const { return attributes_[field]; }

 private:
  std::array<const HeaderView*, kFieldCount> attributes_{};
  std::vector<std::string_view> extensions_;  // names of headers that are not looked at
};

}  // namespace tidemark::schemas
