#include "schemas/usage_event/event_fields.h"

namespace tidemark::schemas {
namespace {

constexpr std::array<std::string_view, kFieldCount> kOwnNames{
    "event_id",   "tenant_id", "customer_id", "source",          "type",       "timestamp", "value",
    "properties", "voids",     "specversion", "datacontenttype", "data_base64"};
constexpr std::array<std::string_view, kFieldCount> kAttributeNames{
    "id",   "tenantid", "subject",     "source",          "type",       "time", "data.value",
    "data", "voids",    "specversion", "datacontenttype", "data_base64"};

}  // namespace

Field attribute(std::string_view name) {
  for (std::size_t i = 0; i < kFieldCount; ++i) {
    if (i != value && name == kAttributeNames[i]) return static_cast<Field>(i);
  }
  return unknown;
}

std::string_view name_of_field(EventForm form, Field field) {
  return form == EventForm::own ? kOwnNames[field] : kAttributeNames[field];
}

}  // namespace tidemark::schemas
