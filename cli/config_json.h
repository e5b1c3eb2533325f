#pragma once
// A node of a configuration file as JSON text. Pure.
#include <string>

#include "tidemark/config.h"

namespace tidemark::cli {

// What is quoted is a text; true, false and JSON's numbers are what they look like, digit by digit; any other
// scalar is a text.
std::string json_of(const ConfigNode& node);
std::string json_text(std::string_view text);  // in quotes

}  // namespace tidemark::cli
