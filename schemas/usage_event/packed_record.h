#pragma once
// Records that hold several events: a JSON array of events, a batch of CloudEvents, or one event a line.
#include <string_view>
#include <vector>

#include "schemas/usage_event/decode_outcome.h"
#include "tidemark/record.h"

namespace tidemark::schemas {

class JsonScanner;

struct Unpacked {
  bool packed = false;  // false: one event, or a record that is refused as one
  DecodeOutcome
      outcome;  // of the record as a whole; not none: it gets this one verdict, there are no elements
  // In order, exact bytes within the record's value without the white space around. An element has at least
  // one byte and one between it and the next: there are never more than 32,768.
  std::vector<std::string_view> elements;
};

// Cheap, no scan. False: certainly not packed.
bool looks_packed(const RecordView& record);
Unpacked unpack_record(const RecordView& record, JsonScanner& json);

}  // namespace tidemark::schemas
