#include "schemas/usage_event/property_value.h"

#include "schemas/base/json_canonical.h"
#include "schemas/base/text.h"
#include "tidemark/assert.h"

namespace tidemark::schemas {
namespace {

ErrorCode code_of(QuantityError error) {
  switch (error) {
    case QuantityError::none:
      return ErrorCode::none;
    case QuantityError::not_a_number:
      return ErrorCode::value_not_a_number;
    case QuantityError::too_precise:
      return ErrorCode::value_too_precise;
    case QuantityError::overflow:
      break;
  }
  return ErrorCode::value_overflow;
}

}  // namespace

void append_canonical(HashInput& out, const PropertyValue& value) {
  TM_ASSERT(value.present && !is_container(value.kind));
  append_canonical_scalar(out, value.kind, value.text);
}

ErrorCode quantity_of(const PropertyValue& value, bool json_floats, Quantity& out) {
  if (!value.present) return ErrorCode::value_missing;
  const bool is_number = value.kind == JsonKind::integer || value.kind == JsonKind::real;
  if (!is_number && value.kind != JsonKind::string) return ErrorCode::field_wrong_type;
  if (value.kind == JsonKind::real && !json_floats) return ErrorCode::value_is_float;
  const ParsedQuantity parsed = parse_quantity(value.text);
  if (parsed.error == QuantityError::none) out = parsed.value;
  return code_of(parsed.error);
}

std::string why_no_quantity(const PropertyValue& value, ErrorCode code) {
  switch (code) {
    case ErrorCode::value_missing:
      return "missing";
    case ErrorCode::field_wrong_type:
      return "must be a decimal string or an integer";
    case ErrorCode::value_is_float:
      return quoted_for_message(value.text) + " is a JSON float";
    case ErrorCode::value_not_a_number:
      return quoted_for_message(value.text) + " is not a plain decimal";
    case ErrorCode::value_too_precise:
      return quoted_for_message(value.text) + " has more than 12 decimals";
    default:
      return quoted_for_message(value.text) + " is beyond 2^127 / 10^12";
  }
}

DecodeOutcome read_quantity(const PropertyValue& value, bool json_floats, Quantity& out) {
  const ErrorCode code = quantity_of(value, json_floats, out);
  if (code == ErrorCode::none) return {};
  return {code, why_no_quantity(value, code)};
}

}  // namespace tidemark::schemas
