#pragma once
// Parked usage: events of a customer without a profile, kept with all bytes in the store `parked`.
//   'p' tenant, customer, source, offset -> ParkedEvent   in the order in which they are released
//   'x' dedup clock, that key            -> ""            by age, for expiry
//   'r' tenant, customer                 -> ""            a release that has begun
#include <string>
#include <string_view>
#include <vector>

#include "processors/judged_event.h"
#include "tidemark/result.h"

namespace tidemark::processors {

struct ParkedEvent {
  ArrivalTime judged_arrival;
  ArrivalTime parked_at;  // dedup clock
  Hash128 identity;
  RecordView record;  // views into the encoded bytes and `headers`
  std::vector<HeaderView> headers;
};

std::string parked_prefix(std::string_view tenant, std::string_view customer);
std::string parked_key(std::string_view prefix, SourceIndex source, Offset offset);
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
std::string encode_parked(const JudgedEvent& event);
// `parked.record` borrows from `bytes` and from `parked.headers`.
Status decode_parked(std::string_view bytes, ParkedEvent& parked);

}  // namespace tidemark::processors
