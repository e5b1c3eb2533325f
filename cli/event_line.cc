#include "cli/event_line.h"

#include <nlohmann/json.hpp>
#include <utility>
#include <vector>

namespace tidemark::cli {
namespace {

std::optional<ArrivalTime> in_range(ArrivalTime time) {
  if (time < ArrivalTime{} || time > kArrivalMax) return std::nullopt;
  return time;
}

std::optional<ArrivalTime> parse_time(std::string_view text) {
  const auto time = parse_rfc3339(text);
  return time ? in_range(std::chrono::floor<std::chrono::milliseconds>(*time)) : std::nullopt;
}

// Walks the events of the JSON parser, keeps the path of the value at hand, and ends the walk early when
// everything is found. Numbers with a fraction are never asked for.
class Finder {
 public:
  using number_integer_t = nlohmann::json::number_integer_t;
  using number_unsigned_t = nlohmann::json::number_unsigned_t;
  using number_float_t = nlohmann::json::number_float_t;
  using string_t = nlohmann::json::string_t;
  using binary_t = nlohmann::json::binary_t;

  Finder(EventLine& line, std::string_view arrival_path) : line_(line), arrival_path_(arrival_path) {}

  bool null() { return true; }
  bool boolean(bool) { return true; }
  bool number_integer(number_integer_t) { return true; }
  bool number_unsigned(number_unsigned_t number) {
    if (at(arrival_path_) && !line_.arrival &&
        number <= static_cast<number_unsigned_t>(kArrivalMax.time_since_epoch().count())) {
      line_.arrival = ArrivalTime(std::chrono::milliseconds(static_cast<std::int64_t>(number)));
    }
    return !complete();
  }
  bool number_float(number_float_t, const string_t&) { return true; }
  bool string(string_t& text) {
    if (at("customer_id") && !line_.customer_id) line_.customer_id = text;
    if (at("timestamp") && !line_.event_time) line_.event_time = parse_time(text);
    if (at("subject") && !cloud_event_.customer_id) cloud_event_.customer_id = text;
    if (at("time") && !cloud_event_.event_time) cloud_event_.event_time = parse_time(text);
    if (at(arrival_path_) && !line_.arrival) line_.arrival = parse_time(text);
    return !complete();
  }
  bool binary(binary_t&) { return true; }
  bool start_object(std::size_t) { return open(); }
  bool end_object() { return close(); }
  bool start_array(std::size_t) {
    in_array_ += 1;
    return open();
  }
  bool end_array() {
    in_array_ -= 1;
    return close();
  }
  bool key(string_t& name) {
    path_.resize(starts_.back());
    if (!path_.empty()) path_ += '.';
    path_ += name;
    return true;
  }
  bool parse_error(std::size_t, const std::string&, const nlohmann::detail::exception&) { return false; }

  void finish() {
    if (!line_.customer_id) line_.customer_id = cloud_event_.customer_id;
    if (!line_.event_time) line_.event_time = cloud_event_.event_time;
  }

 private:
  bool at(std::string_view wanted) const { return in_array_ == 0 && !wanted.empty() && path_ == wanted; }
  bool complete() const {
    return line_.customer_id && line_.event_time && (line_.arrival || arrival_path_.empty());
  }
  bool open() {
    starts_.push_back(path_.size());
    return starts_.size() <= 64;
  }
  bool close() {
    path_.resize(starts_.back());
    starts_.pop_back();
    return true;
  }
  EventLine& line_;
  EventLine cloud_event_;
  const std::string_view arrival_path_;
  std::string path_;                 // of the value at hand
  std::vector<std::size_t> starts_;  // per open object or array: length of the path that holds it
  int in_array_ = 0;
};

}  // namespace

EventLine read_event_line(std::string_view line, std::string_view arrival_path) {
  EventLine found;
  Finder finder(found, arrival_path);
  nlohmann::json::sax_parse(line.begin(), line.end(), &finder);
  finder.finish();
  return found;
}

EventLine read_event_record(const InputLine& record, std::string_view arrival_path) {
  EventLine found = record.value ? read_event_line(*record.value, arrival_path) : EventLine();
  for (const auto& [name, text] : record.headers) {
    if (name == "ce_subject") found.customer_id = text;
    if (name == "ce_time") found.event_time = parse_time(text);
  }
  if (record.key) found.customer_id = record.key;
  if (record.arrival) found.arrival = record.arrival;
  return found;
}

}  // namespace tidemark::cli
