#pragma once
// `topology lint` and `config check` are one check under two names.
#include <vector>

#include "cli/commands.h"
#include "tidemark/config.h"

namespace tidemark::cli {

Result<int> lint(const Globals& globals);
void print_findings(const Globals& globals, const std::vector<Finding>& findings);

}  // namespace tidemark::cli
