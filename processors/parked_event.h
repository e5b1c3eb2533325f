#pragma once
// Events that are kept with all bytes in the store `parked` until what they wait for comes: usage of a
// customer without a profile, and voids of an event that was not seen yet.
//   'p' tenant, customer, source, offset, element -> ParkedEvent   in the order in which they are released
//   'v' identity of the original, its content as the void says it, source, offset, element -> ParkedEvent
//   'x' dedup clock, that key                     -> ""            by age, for expiry
//   'r' tenant, customer                          -> ""            a release that has begun
#include <string>
#include <string_view>
#include <vector>

#include "processors/aggregation.h"
#include "processors/judged_event.h"
#include "tidemark/result.h"

namespace tidemark::processors {

struct ParkedEvent {
  ArrivalTime judged_arrival;
  ArrivalTime parked_at;  // dedup clock
  Hash128 identity;
  TakenOrder order;   // its place among the events that the task took
  RecordView record;  // its own bytes alone; views into the encoded bytes and `headers`
  std::uint16_t element = 0;
  bool packed = false;
  std::vector<HeaderView> headers;
};

std::string parked_prefix(std::string_view tenant, std::string_view customer);
std::string waiting_prefix(const Hash128& original);
std::string waiting_prefix(const Hash128& original, std::uint64_t content);
Hash128 original_of_waiting_key(std::string_view key);  // REQUIRES: is_waiting_key()
inline bool is_waiting_key(std::string_view key) {
  return key.front() == 'v';
}
std::string parked_key(std::string_view prefix, const RecordPlace& place);
// Borrows from the key.
struct CustomerOfKey {
  std::string_view tenant_id;
  std::string_view customer_id;
};
CustomerOfKey customer_of_parked_key(std::string_view parked_key);
std::string expiry_key(ArrivalTime parked_at, std::string_view parked_key);
ArrivalTime parked_at_of(std::string_view expiry_key);
std::string_view parked_key_of(std::string_view expiry_key);
std::string release_key(std::string_view prefix);
std::string encode_parked(const JudgedEvent& event, TakenOrder order, ArrivalTime parked_at);
// `parked.record` borrows from `bytes` and from `parked.headers`.
Status decode_parked(std::string_view bytes, ParkedEvent& parked);

}  // namespace tidemark::processors
