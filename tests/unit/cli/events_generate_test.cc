#include "cli/generate/events_generate.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <map>
#include <set>

#include "billing/timeline.h"
#include "cli/event_line.h"
#include "schemas/customer_profile/codec.h"
#include "schemas/usage_event/codec.h"

namespace tidemark::cli {
namespace {

std::vector<GeneratedEvent> generate(const GeneratorOptions& options) {
  EventGenerator generator(options);
  std::vector<GeneratedEvent> events;
  for (GeneratedEvent event; generator.next(event);) events.push_back(event);
  return events;
}

std::vector<std::string> lines(const GeneratorOptions& options) {
  std::vector<std::string> out;
  for (const auto& event : generate(options)) out.push_back(event.key + '|' + event.value);
  return out;
}

schemas::DecodeOutcome decode(const GeneratedEvent& event, schemas::UsageEvent& decoded,
                              schemas::UsageEventDecoder& decoder) {
  RecordView record;
  record.key = event.key;
  record.has_key = true;
  record.value = event.value;
  record.has_value = !event.tombstone;
  record.arrival = event.arrival;
  return decoder.decode(record, decoded);
}

std::map<GeneratedKind, std::int64_t> count_kinds(const std::vector<GeneratedEvent>& events) {
  std::map<GeneratedKind, std::int64_t> counts;
  for (const auto& event : events) ++counts[event.kind];
  return counts;
}

TEST(EventGeneratorTest, SameSeedGivesTheSameBytes) {
  EXPECT_EQ(lines({.seed = 7, .events = 3'000}), lines({.seed = 7, .events = 3'000}));
  EXPECT_NE(lines({.seed = 7, .events = 3'000}), lines({.seed = 8, .events = 3'000}));
}

TEST(EventGeneratorTest, MakesExactlyAsManyLinesAsAsked) {
  for (const std::int64_t count : {0, 1, 2, 1'000}) {
    EXPECT_EQ(generate({.events = count}).size(), static_cast<std::size_t>(count));
  }
}

TEST(EventGeneratorTest, SharesAreMetWithinATenth) {
  const GeneratorOptions options{.events = 100'000};
  auto counts = count_kinds(generate(options));
  const auto near = [&](std::int64_t count, std::int64_t per_mille) {
    const std::int64_t expected = options.events / 1'000 * per_mille;
    EXPECT_LE(std::abs(count - expected) * 10, expected) << count << " of " << expected;
  };
  near(counts[GeneratedKind::duplicate], options.near_duplicates + options.far_duplicates);
  near(counts[GeneratedKind::late], options.late);
  near(counts[GeneratedKind::correction], options.corrections);
  near(counts[GeneratedKind::poison], options.poison);
  near(counts[GeneratedKind::unknown_customer] + counts[GeneratedKind::edge],
       options.unknown_customers + options.edges);
}

TEST(EventGeneratorTest, ArrivalsOfNewEventsRiseThroughTheDaysAskedFor) {
  const GeneratorOptions options{.events = 5'000, .days = 10};
  ArrivalTime previous = options.start;
  for (const auto& event : generate(options)) {
    if (event.kind == GeneratedKind::duplicate || event.expected_code == "event_id_conflict") continue;
    EXPECT_GE(event.arrival, previous);
    previous = event.arrival;
  }
  EXPECT_GT(previous, options.start + std::chrono::hours{24 * 9});
  EXPECT_LT(previous, options.start + std::chrono::hours{24 * 10});
}

TEST(EventGeneratorTest, EveryLineFitsAFileOfLines) {
  for (const auto& event : generate({.events = 20'000, .poison = 100, .tombstones = false})) {
    EXPECT_FALSE(event.tombstone);
    EXPECT_FALSE(event.value.empty());
    EXPECT_EQ(event.value.find('\n'), std::string::npos);
  }
}

TEST(EventGeneratorTest, EveryKindOfPoisonComes) {
  std::set<std::string_view> seen;
  for (const auto& event : generate({.events = 3'000, .poison = 100})) {
    if (event.kind == GeneratedKind::poison) seen.insert(event.variant);
  }
  for (const auto& kind : poison_kinds()) EXPECT_TRUE(seen.contains(kind.variant)) << kind.variant;
}

// What only the stages after decoding can know.
bool found_by_decoder(std::string_view code) {
  return code != "timestamp_in_future" && code != "too_old" && code != "event_id_conflict";
}

TEST(EventGeneratorTest, DecoderAgreesOnWhatIsPoison) {
  schemas::UsageEventDecoder decoder({});
  for (const auto& event : generate({.events = 20'000, .edges = 50, .poison = 100})) {
    schemas::UsageEvent decoded;
    const auto outcome = decode(event, decoded, decoder);
    const std::string_view expected =
        event.kind == GeneratedKind::poison && found_by_decoder(event.expected_code) ? event.expected_code
                                                                                     : "none";
    const std::string_view actual =
        outcome.code == schemas::ErrorCode::none ? "none" : schemas::name_of(outcome.code);
    EXPECT_EQ(actual, expected) << event.variant << ": " << outcome.message << ": "
                                << event.value.substr(0, 400);
    if (actual == "none") {
      EXPECT_EQ(decoded.customer_id, event.key);
    }
  }
}

TEST(EventGeneratorTest, RepeatsHaveTheFingerprintOfTheirOriginalAndConflictsAnother) {
  schemas::UsageEventDecoder decoder({});
  std::map<Hash128, std::uint64_t> fingerprints;
  std::set<std::string> spellings;
  std::int64_t respelled = 0;
  for (const auto& event : generate({.events = 20'000, .poison = 100})) {
    schemas::UsageEvent decoded;
    const bool conflict = event.expected_code == "event_id_conflict";
    if (event.kind == GeneratedKind::poison && !conflict) continue;
    ASSERT_EQ(decode(event, decoded, decoder).code, schemas::ErrorCode::none)
        << event.variant << ": " << event.value.substr(0, 300);
    const bool original = event.kind != GeneratedKind::duplicate && !conflict;
    EXPECT_EQ(fingerprints.contains(decoded.identity), !original);
    if (original) fingerprints[decoded.identity] = decoded.fingerprint;
    EXPECT_EQ(fingerprints[decoded.identity] == decoded.fingerprint, !conflict)
        << event.variant << ": " << event.value.substr(0, 300);
    if (spellings.insert(event.value).second && event.kind == GeneratedKind::duplicate) ++respelled;
  }
  EXPECT_GT(respelled, 100);
}

TEST(EventGeneratorTest, LateEventsLieOnBothSidesOfTheGraceOf48Hours) {
  schemas::UsageEventDecoder decoder({});
  std::int64_t within = 0;
  std::int64_t beyond = 0;
  for (const auto& event : generate({.events = 20'000, .late = 50})) {
    if (event.kind != GeneratedKind::late) continue;
    schemas::UsageEvent decoded;
    ASSERT_EQ(decode(event, decoded, decoder).code, schemas::ErrorCode::none);
    const auto lateness = event.arrival - decoded.event_time;
    EXPECT_GE(lateness, std::chrono::hours{1});
    EXPECT_LE(lateness, std::chrono::hours{60});
    ++(lateness > std::chrono::hours{48} ? beyond : within);
  }
  EXPECT_GT(within, 500);
  EXPECT_GT(beyond, 100);
}

TEST(EventGeneratorTest, FewCustomersHaveMostOfTheEvents) {
  std::map<std::string, std::int64_t> by_customer;
  for (const auto& event : generate({.events = 50'000})) ++by_customer[event.key];
  EXPECT_GT(by_customer["cus_000001"], 5'000);
  EXPECT_GT(by_customer.size(), 1'000U);
  EXPECT_LE(by_customer.size(), 2'020U);
}

TEST(EventGeneratorTest, ProfilesCoverEveryZoneWithEveryInterval) {
  std::set<std::pair<std::string, schemas::IntervalUnit>> seen;
  const auto profiles = EventGenerator({.customers = 70}).profiles();
  ASSERT_EQ(profiles.size(), 70U);
  for (const auto& line : profiles) {
    const auto profile = schemas::decode_profile(line, "");
    ASSERT_TRUE(profile) << line;
    EXPECT_EQ(profile->versions.size(), 1U);
    seen.emplace(profile->versions[0].time_zone, profile->versions[0].unit);
  }
  EXPECT_EQ(seen.size(), 7U * 3U);
}

// Of everything, with more of what is rare.
GeneratorOptions all_of_it(std::int64_t events) {
  GeneratorOptions options = full_mix();
  options.events = events;
  options.customers = 100;
  options.poison = 40;
  options.misfits = 20;
  options.voids = 60;
  return options;
}

RecordView view_of(const GeneratedEvent& event, std::vector<HeaderView>& headers) {
  headers.clear();
  for (const auto& [name, value] : event.headers) headers.push_back({name, value});
  RecordView record;
  record.key = event.key;
  record.has_key = true;
  record.value = event.value;
  record.has_value = !event.tombstone;
  record.headers = headers;
  record.arrival = event.arrival;
  return record;
}

TEST(FullMixTest, SameSeedGivesTheSameLines) {
  EventGenerator first(all_of_it(3'000));
  EventGenerator second(all_of_it(3'000));
  GeneratedEvent one;
  GeneratedEvent other;
  while (first.next(one)) {
    ASSERT_TRUE(second.next(other));
    ASSERT_EQ(line_of(one), line_of(other));
  }
}

TEST(FullMixTest, LinesSayWhatWasMade) {
  for (const auto& event : generate(all_of_it(20'000))) {
    const std::string line = line_of(event);
    EXPECT_EQ(line.find('\n'), std::string::npos);
    const auto read = read_input_line(line);
    ASSERT_TRUE(read) << read.error().message;
    EXPECT_EQ(read->value.has_value(), !event.tombstone);
    EXPECT_EQ(read->value.value_or(""), event.value);
    EXPECT_EQ(read->headers, event.headers);
    if (event.kind == GeneratedKind::poison && !event.tombstone) continue;  // may not say whose it is
    const EventLine found = read_event_record(*read, "properties.arrived");
    EXPECT_EQ(found.customer_id, event.key);
    EXPECT_EQ(found.arrival, event.arrival);
  }
}

TEST(FullMixTest, EveryFormIsReadAsTheEventsThatItHolds) {
  schemas::UsageEventDecoder decoder({});
  std::vector<HeaderView> headers;
  std::map<std::string, std::int64_t> records;
  for (const auto& event : generate(all_of_it(20'000))) {
    if (event.kind == GeneratedKind::poison) continue;
    const RecordView record = view_of(event, headers);
    const schemas::Unpacked unpacked = decoder.unpack(record);
    EXPECT_EQ(unpacked.packed, event.events > 1);
    ++records[unpacked.packed ? "packed" : event.headers.empty() ? "plain" : event.headers[0].first];
    if (unpacked.packed) {
      EXPECT_EQ(unpacked.elements.size(), event.events);
      continue;
    }
    schemas::UsageEvent decoded;
    ASSERT_EQ(decoder.decode(record, decoded).code, schemas::ErrorCode::none) << event.value.substr(0, 300);
    EXPECT_EQ(decoded.customer_id, event.key);
  }
  EXPECT_GT(records["packed"], 200);
  EXPECT_GT(records["ce_specversion"], 200);
  EXPECT_GT(records["content-type"], 200);
}

// What a void finds: the content of its target, or another; before it, or not yet.
TEST(FullMixTest, VoidsRepeatTheEventThatTheyTakeBack) {
  schemas::UsageEventDecoder decoder({});
  std::vector<HeaderView> headers;
  std::map<Hash128, std::uint64_t> contents;
  std::map<std::string_view, std::int64_t> voids;
  for (const auto& event : generate(all_of_it(20'000))) {
    if (event.kind == GeneratedKind::poison) continue;
    const RecordView record = view_of(event, headers);
    schemas::UsageEvent decoded;
    if (event.events > 1) {
      for (const std::string_view element : decoder.unpack(record).elements) {
        ASSERT_EQ(decoder.decode_element(record, element, decoded).code, schemas::ErrorCode::none);
        if (decoded.voids.empty()) contents.emplace(decoded.identity, decoded.content);
      }
      continue;
    }
    ASSERT_EQ(decoder.decode(record, decoded).code, schemas::ErrorCode::none);
    if (event.kind != GeneratedKind::void_event) {
      contents.emplace(decoded.identity, decoded.content);
      continue;
    }
    voids[event.variant] += 1;
    const auto target = contents.find(decoded.voids_identity);
    if (target == contents.end()) {
      EXPECT_TRUE(event.variant == "void_before" || event.variant == "void_twice") << event.variant;
    } else if (event.variant != "void_before") {
      EXPECT_EQ(target->second == decoded.content, event.variant != "void_mismatched");
    }
  }
  for (const char* variant :
       {"void_after", "void_before", "void_twice", "void_mismatched", "void_unsupported"})
    EXPECT_GT(voids[variant], 50) << variant;
}

TEST(FullMixTest, ProfilesHaveEveryUnitAnchorsAndChanges) {
  GeneratorOptions options = full_mix();
  options.customers = 400;
  options.late_profiles = true;
  const EventGenerator generator(options);
  std::set<schemas::IntervalUnit> units;
  std::set<std::string> anchor_days;
  std::map<std::string, std::size_t> versions_of;
  std::set<std::size_t> version_counts;
  std::int64_t new_later = 0;
  std::int64_t changed_later = 0;
  const auto read = [&](const std::string& line, bool later) {
    const auto profile = schemas::decode_profile(line, "");
    ASSERT_TRUE(profile) << line;
    EXPECT_TRUE(billing::Timeline::of(profile->versions)) << line;
    version_counts.insert(profile->versions.size());
    for (const auto& version : profile->versions) {
      units.insert(version.unit);
      if (!version.anchor.empty()) anchor_days.insert(version.anchor.substr(8, 2));
    }
    const auto known = versions_of.find(profile->customer_id);
    if (later) ++(known == versions_of.end() ? new_later : changed_later);
    if (later && known != versions_of.end()) {
      EXPECT_EQ(profile->versions.size(), known->second + 1);
    }
    versions_of[profile->customer_id] = profile->versions.size();
  };
  for (const auto& line : generator.profiles()) read(line, false);
  for (const auto& line : generator.late_profiles()) read(line, true);
  EXPECT_EQ(units.size(), 5U);
  for (const char* day : {"29", "30", "31"}) EXPECT_TRUE(anchor_days.contains(day)) << day;
  EXPECT_EQ(version_counts, (std::set<std::size_t>{1, 2, 3}));
  EXPECT_EQ(versions_of.size(), 400U);
  EXPECT_GT(new_later, 20);
  EXPECT_GT(changed_later, 20);
}

TEST(FullMixTest, WithoutASecondFileEveryoneIsInTheFirst) {
  GeneratorOptions options = full_mix();
  options.customers = 100;
  const EventGenerator generator(options);
  EXPECT_EQ(generator.profiles().size(), 100U);
  EXPECT_TRUE(generator.late_profiles().empty());
}

struct OptionsCase {
  const char* name;
  GeneratorOptions options;
  bool accepted;
};
class GeneratorOptionsTest : public ::testing::TestWithParam<OptionsCase> {};
TEST_P(GeneratorOptionsTest, Check) {
  EXPECT_EQ(check(GetParam().options).has_value(), GetParam().accepted);
}
INSTANTIATE_TEST_SUITE_P(Generator, GeneratorOptionsTest,
                         ::testing::Values(OptionsCase{"defaults", {}, true},                      //
                                           OptionsCase{"no_events", {.events = 0}, true},          //
                                           OptionsCase{"negative_events", {.events = -1}, false},  //
                                           OptionsCase{"one_customer", {.customers = 1}, true},    //
                                           OptionsCase{"no_customers", {.customers = 0}, false},   //
                                           OptionsCase{"no_days", {.days = 0}, false},             //
                                           OptionsCase{"negative_share", {.late = -1}, false},     //
                                           OptionsCase{"shares_of_900", {.poison = 770}, true},    //
                                           OptionsCase{"shares_over_900", {.poison = 771}, false},
                                           OptionsCase{"voids_over_900", {.voids = 900}, false},
                                           OptionsCase{"all_packed", {.packed = 1'000}, true},
                                           OptionsCase{"more_than_all_packed", {.packed = 1'001}, false}),
                         [](const auto& test) { return std::string(test.param.name); });

}  // namespace
}  // namespace tidemark::cli
