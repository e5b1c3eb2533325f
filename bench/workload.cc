#include "bench/workload.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <string_view>
#include <utility>

#include "schemas/customer_profile/codec.h"

namespace tidemark::bench {
namespace {

using std::chrono::milliseconds;

constexpr std::uint32_t kTenants = 20;
constexpr double kZipfExponent = 1.1;
constexpr double kRepeatShare = 0.1;  // of all lines
constexpr std::uint64_t kRepeatReach = 50'000;
constexpr double kLateShare = 0.005;
constexpr double kJitterMs = 30'000;  // mean of an exponential distribution
constexpr double kHourMs = 3'600'000;

enum class Spelling : std::uint8_t { one, integer, decimal };  // of the value

struct MeterShape {
  std::string_view meter;
  std::string_view type;
  Spelling spelling;
};
constexpr std::array<MeterShape, 5> kMeters{{{"api_calls", "api.request", Spelling::one},
                                             {"tokens", "llm.completion", Spelling::integer},
                                             {"storage_gb", "storage.snapshot", Spelling::decimal},
                                             {"bandwidth_gb", "network.transfer", Spelling::decimal},
                                             {"compute_s", "compute.job", Spelling::decimal}}};
constexpr std::array<std::string_view, 6> kEndpoints{"/v1/completions", "/v1/search", "/v1/files",
                                                     "/v2/jobs",        "/v1/embed",  "/v1/ingest"};
constexpr std::array<std::string_view, 4> kRegions{"eu-west-1", "us-east-1", "us-west-2", "ap-south-1"};

std::uint64_t splitmix(std::uint64_t& state) {
  std::uint64_t z = state += 0x9e3779b97f4a7c15ULL;
  z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9ULL;
  z = (z ^ (z >> 27)) * 0x94d049bb133111ebULL;
  return z ^ (z >> 31);
}

void append_padded(std::string& out, std::uint64_t number, std::size_t width) {
  std::array<char, 20> digits{};
  std::size_t from = digits.size();
  do {
    digits[--from] = static_cast<char>('0' + number % 10);
    number /= 10;
  } while (number != 0 || digits.size() - from < width);
  out.append(digits.data() + from, digits.size() - from);
}

void append_hex(std::string& out, std::uint64_t bits, int from_digit, int to_digit) {
  for (int digit = from_digit; digit < to_digit; ++digit)
    out.push_back("0123456789abcdef"[(bits >> (4 * (15 - digit))) & 15]);
}

void append_timestamp(std::string& out, ArrivalTime time) {
  const auto day = std::chrono::floor<std::chrono::days>(time);
  const std::chrono::year_month_day date{day};
  const auto of_day = static_cast<std::uint64_t>((time - day).count());
  append_padded(out, static_cast<std::uint64_t>(static_cast<int>(date.year())), 4);
  append_padded(out += '-', static_cast<unsigned>(date.month()), 2);
  append_padded(out += '-', static_cast<unsigned>(date.day()), 2);
  append_padded(out += 'T', of_day / 3'600'000, 2);
  append_padded(out += ':', of_day / 60'000 % 60, 2);
  append_padded(out += ':', of_day / 1'000 % 60, 2);
  append_padded(out += '.', of_day % 1'000, 3);
  out += 'Z';
}

void append_millionths(std::string& out, std::int64_t millionths) {
  const auto magnitude = static_cast<std::uint64_t>(millionths);
  append_padded(out, magnitude / 1'000'000, 1);
  append_padded(out += '.', magnitude % 1'000'000, 6);
}

// Months since the year 0.
std::uint64_t month_number(ArrivalTime time) {
  const std::chrono::year_month_day date{std::chrono::floor<std::chrono::days>(time)};
  return static_cast<std::uint64_t>(static_cast<int>(date.year())) * 12 +
         static_cast<unsigned>(date.month()) - 1;
}

milliseconds whole(double duration_ms) {
  return milliseconds{static_cast<std::int64_t>(duration_ms)};
}

}  // namespace

Workload::Workload(const WorkloadOptions& options) : options_(options), state_(options.seed) {
  double total = 0;
  for (std::uint32_t rank = 1; rank <= kCustomers; ++rank)
    weights_.push_back(total += std::pow(rank, -kZipfExponent));
  for (double& weight : weights_) weight /= total;
  for (std::uint32_t customer = 0; customer < kCustomers; ++customer) customers_.push_back(customer);
  std::uint64_t shuffle = options.seed ^ 0xabcdef;
  for (std::uint32_t i = kCustomers - 1; i > 0; --i)
    std::swap(customers_[i], customers_[splitmix(shuffle) % (i + 1)]);
}

std::uint64_t Workload::draw() {
  return splitmix(state_);
}

double Workload::fraction() {
  return static_cast<double>(draw() >> 11) * 0x1.0p-53;
}

bool Workload::next(Event& event, ArrivalTime& arrival) {
  const double remaining = 1 - static_cast<double>(line_) / static_cast<double>(options_.events);
  arrival = options_.end - whole(static_cast<double>(options_.spread.count()) * remaining);
  return next_at(event, arrival);
}

bool Workload::next_at(Event& event, ArrivalTime now) {
  if (line_ >= options_.events) return false;
  if (!repeats_.empty() && repeats_.top().line <= line_) {
    event = repeats_.top().event;
    repeats_.pop();
    ++repeats_taken_;
  } else {
    event = fresh(now);
    if (fraction() < kRepeatShare / (1 - kRepeatShare)) {
      repeats_.push({line_ + 1 + static_cast<std::int64_t>(draw() % kRepeatReach), event});
    }
    count(event);
  }
  ++line_;
  return true;
}

Event Workload::fresh(ArrivalTime arrival) {
  Event event;
  event.id_high = (draw() & ~0xf000ULL) | 0x4000;  // a random UUID, version 4
  event.id_low = (draw() & ~(3ULL << 62)) | (2ULL << 62);
  const auto rank = std::lower_bound(weights_.begin(), weights_.end() - 1, fraction()) - weights_.begin();
  event.customer = customers_[static_cast<std::size_t>(rank)];
  const std::uint64_t choice = draw();
  event.meter = static_cast<std::uint8_t>(choice % kMeters.size());
  event.endpoint = static_cast<std::uint8_t>((choice >> 8) % kEndpoints.size());
  event.region = static_cast<std::uint8_t>((choice >> 16) % kRegions.size());
  const double value = -std::log(1 - fraction());
  switch (kMeters[event.meter].spelling) {
    case Spelling::one:
      event.millionths = 1'000'000;
      break;
    case Spelling::integer:
      event.millionths = static_cast<std::int64_t>(1 + value * 800) * 1'000'000;
      break;
    case Spelling::decimal:
      event.millionths = static_cast<std::int64_t>(value * 2e6) + 1;
      break;
  }
  event.event_time = arrival - whole(-std::log(1 - fraction()) * kJitterMs);
  if (fraction() < kLateShare) {
    event.event_time -= whole(kHourMs * (1 + 59 * fraction()));
    ++late_;
  }
  return event;
}

void Workload::count(const Event& event) {
  const std::uint64_t key =
      (std::uint64_t{event.customer} * kMeters.size() + event.meter) << 24 | month_number(event.event_time);
  Sum& sum = sums_[key];
  ++sum.count;
  sum.millionths += event.millionths;
}

std::string Workload::truth() const {
  std::vector<std::pair<std::uint64_t, Sum>> rows(sums_.begin(), sums_.end());
  std::sort(rows.begin(), rows.end(), [](const auto& a, const auto& b) { return a.first < b.first; });
  std::string out;
  for (const auto& [key, sum] : rows) {
    const std::uint64_t month = key & 0xffffff;
    const auto customer = static_cast<std::uint32_t>((key >> 24) / kMeters.size());
    out += tenant_name(customer) + '\t' + customer_name(customer) + '\t';
    out += kMeters[(key >> 24) % kMeters.size()].meter;
    append_padded(out += '\t', month / 12, 4);
    append_padded(out += '-', month % 12 + 1, 2);
    append_padded(out += '\t', static_cast<std::uint64_t>(sum.count), 1);
    append_millionths(out += '\t', sum.millionths);
    out += '\n';
  }
  return out;
}

std::string customer_name(std::uint32_t customer) {
  std::string name = "cus_";
  append_padded(name, customer, 6);
  return name;
}

std::string tenant_name(std::uint32_t customer) {
  std::string name = "t";
  append_padded(name, customer % kTenants, 2);
  return name;
}

void spell(const Event& event, std::string& line) {
  line = "{\"event_id\":\"";
  append_hex(line, event.id_high, 0, 8);
  append_hex(line += '-', event.id_high, 8, 12);
  append_hex(line += '-', event.id_high, 12, 16);
  append_hex(line += '-', event.id_low, 0, 4);
  append_hex(line += '-', event.id_low, 4, 16);
  line += "\",\"tenant_id\":\"t";
  append_padded(line, event.customer % kTenants, 2);
  line += "\",\"customer_id\":\"cus_";
  append_padded(line, event.customer, 6);
  line += "\",\"type\":\"";
  line += kMeters[event.meter].type;
  line += "\",\"timestamp\":\"";
  append_timestamp(line, event.event_time);
  line += "\",\"value\":";
  if (kMeters[event.meter].spelling == Spelling::decimal) {
    append_millionths(line += '"', event.millionths);
    line += '"';
  } else {
    append_padded(line, static_cast<std::uint64_t>(event.millionths / 1'000'000), 1);
  }
  line += ",\"properties\":{\"endpoint\":\"";
  line += kEndpoints[event.endpoint];
  line += "\",\"region\":\"";
  line += kRegions[event.region];
  line += "\"}}";
}

std::string profile(std::uint32_t customer) {
  schemas::ProfileVersion version;
  version.effective_from = EventTime{std::chrono::sys_days{std::chrono::year{2020} / 1 / 1}};
  version.stripe_customer_id = "cus_S" + customer_name(customer).substr(4);
  version.time_zone = "UTC";
  version.mode = schemas::ProfileMode::test;
  return schemas::encode_profile(
      {.tenant_id = tenant_name(customer), .customer_id = customer_name(customer), .versions = {version}});
}

}  // namespace tidemark::bench
