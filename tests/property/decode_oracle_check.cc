// Prints for each line of standard input the dead-letter code that decoding it gives, or "good".
#include <iostream>
#include <string>

#include "schemas/dead_letter/codes.h"
#include "schemas/usage_event/codec.h"

int main() {
  tidemark::schemas::UsageEventDecoder decoder({});
  for (std::string line; std::getline(std::cin, line);) {
    tidemark::RecordView record;
    record.value = line;
    record.has_value = true;
    tidemark::schemas::UsageEvent event;
    decoder.begin_batch();
    const auto outcome = decoder.decode(record, event);
    const bool good = outcome.code == tidemark::schemas::ErrorCode::none;
    std::cout << (good ? "good" : name_of(outcome.code)) << '\n';
  }
}
