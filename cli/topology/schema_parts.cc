#include "cli/topology/schema_parts.h"

namespace tidemark::cli::schema {
namespace {

constexpr std::string_view kDuration = "^(?=[0-9])([0-9]+d)?([0-9]+h)?([0-9]+m)?([0-9]+s)?([0-9]+ms)?$";

Json nullable(std::string_view type) {
  return Json::array({type, "null"});
}

void add_default(Json& json, std::string_view fallback) {
  if (!fallback.empty()) json["default"] = fallback;
}

}  // namespace

Json described(std::string_view description, Json schema) {
  Json json;
  if (!description.empty()) json["description"] = description;
  json.update(schema);
  return json;
}

Json text(std::string_view description, std::string_view pattern) {
  Json json = described(description, {{"type", nullable("string")}, {"minLength", 1}});
  if (!pattern.empty()) json["pattern"] = pattern;
  return json;
}

Json choice(std::string_view description, const std::vector<std::string>& values, std::string_view fallback) {
  Json all = values;
  all.push_back(nullptr);
  Json json = described(description, {{"enum", all}});
  add_default(json, fallback);
  return json;
}

Json integer(std::string_view description, std::int64_t min, std::int64_t max,
             std::optional<std::int64_t> fallback) {
  Json json = described(description, {{"type", nullable("integer")}, {"minimum", min}, {"maximum", max}});
  if (fallback) json["default"] = *fallback;
  return json;
}

Json boolean(std::string_view description, bool fallback) {
  return described(description, {{"type", nullable("boolean")}, {"default", fallback}});
}

Json duration(std::string_view description, std::string_view fallback) {
  Json json = text(description, kDuration);
  add_default(json, fallback);
  return json;
}

Json duration_or(std::string_view word, std::string_view description, std::string_view fallback) {
  const std::string pattern = std::string(kDuration) + "|^" + std::string(word) + "$";
  Json json = text(description, pattern);
  add_default(json, fallback);
  return json;
}

Json size(std::string_view description, std::string_view fallback) {
  Json json = described(description, {{"type", Json::array({"string", "integer", "null"})},
                                      {"pattern", "^[0-9]+(KiB|MiB|GiB|TiB)?$"},
                                      {"minimum", 1}});
  add_default(json, fallback);
  return json;
}

Json time(std::string_view description) {
  return text(description, "^[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9:.]+(Z|[+-][0-9]{2}:[0-9]{2})$");
}

Json names(std::string_view description) {
  return list(description, {{"type", "string"}, {"pattern", kPlainName}});
}

Json list(std::string_view description, Json item) {
  return described(description, {{"type", nullable("array")}, {"items", std::move(item)}});
}

Json object(std::string_view description, Json properties) {
  return described(
      description,
      {{"type", nullable("object")}, {"properties", std::move(properties)}, {"additionalProperties", false}});
}

Json named(std::string_view description, Json entry) {
  return described(description, {{"type", nullable("object")},
                                 {"propertyNames", {{"pattern", kPlainName}}},
                                 {"additionalProperties", std::move(entry)}});
}

Json scalars(std::string_view description) {
  return described(description,
                   {{"type", nullable("object")},
                    {"additionalProperties", {{"type", Json::array({"string", "number", "boolean"})}}}});
}

}  // namespace tidemark::cli::schema
