#pragma once
// Pieces of a JSON Schema for a configuration file. Each takes null as well, which counts as left out. Pure.
#include <cstdint>
#include <initializer_list>
#include <nlohmann/json.hpp>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace tidemark::cli::schema {

using Json = nlohmann::ordered_json;

// A name of the file's own: of an alias, source, store, processor, sink or meter.
inline constexpr std::string_view kPlainName = "^[a-z][a-z0-9_]{0,62}$";

Json text(std::string_view description, std::string_view pattern = "");
Json choice(std::string_view description, const std::vector<std::string>& values,
            std::string_view fallback = "");
Json integer(std::string_view description, std::int64_t min, std::int64_t max,
             std::optional<std::int64_t> fallback = std::nullopt);
Json boolean(std::string_view description, bool fallback);
Json duration(std::string_view description, std::string_view fallback = "");
Json duration_or(std::string_view word, std::string_view description, std::string_view fallback = "");
Json size(std::string_view description, std::string_view fallback);  // of memory
Json time(std::string_view description);
Json names(std::string_view description);  // a list of plain names
Json list(std::string_view description, Json item);
Json object(std::string_view description, Json properties);  // no other keys
Json named(std::string_view description, Json entry);        // entries under names of the file's own
Json scalars(std::string_view description);                  // single values by name
Json described(std::string_view description, Json schema);

}  // namespace tidemark::cli::schema
