#pragma once
// What can befall the files of a real state directory.
#include <filesystem>
#include <string>
#include <vector>

#include "runtime/sim/random.h"

namespace tidemark::sim_test {

enum class FileKind : std::uint8_t { manifest, current, sst, options, identity, lock };
enum class Damage : std::uint8_t {
  emptied,
  half,
  last_byte_lost,
  missing,
  bit_flipped,
  block_of_zeros,
  older_copy,  // of the file of the same name; where there is none, of any of its kind
};

struct FileFault {
  FileKind kind;
  Damage damage;
};
std::string name_of(const FileFault& fault);
std::vector<FileFault> all_file_faults();

// Damages one file of that kind, chosen by `random`, in each store folder <dir>/<task>/<store>. `older`: a
// copy of `dir` from before. Returns how many files it damaged.
int damage_files(const std::filesystem::path& dir, const std::filesystem::path& older, const FileFault& fault,
                 runtime::sim::Random& random);
// Each folder <dir>/<task>/<store>.
std::vector<std::filesystem::path> store_folders(const std::filesystem::path& dir);

}  // namespace tidemark::sim_test
