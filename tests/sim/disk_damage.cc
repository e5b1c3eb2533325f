#include "tests/sim/disk_damage.h"

#include <algorithm>
#include <fstream>

namespace tidemark::sim_test {

namespace fs = std::filesystem;
using runtime::sim::Random;

namespace {

constexpr const char* kKindNames[] = {"Manifest", "Current", "Sst", "Options", "Identity", "Lock"};
constexpr const char* kDamageNames[] = {"Emptied",    "Half",         "LastByteLost", "Missing",
                                        "BitFlipped", "BlockOfZeros", "OlderCopy"};

bool is_of_kind(const fs::path& file, FileKind kind) {
  const std::string name = file.filename().string();
  switch (kind) {
    case FileKind::manifest:
      return name.starts_with("MANIFEST");
    case FileKind::current:
      return name == "CURRENT";
    case FileKind::sst:
      return file.extension() == ".sst";
    case FileKind::options:
      return name.starts_with("OPTIONS");
    case FileKind::identity:
      return name == "IDENTITY";
    case FileKind::lock:
      return name == "LOCK";
  }
  return false;
}

std::vector<fs::path> files_of_kind(const fs::path& folder, FileKind kind) {
  std::vector<fs::path> files;
  if (!fs::exists(folder)) return files;
  for (const auto& entry : fs::directory_iterator(folder)) {
    if (entry.is_regular_file() && is_of_kind(entry.path(), kind)) files.push_back(entry.path());
  }
  std::sort(files.begin(), files.end());
  return files;
}

// In place, as a disk would: a file that is open keeps being read.
void overwrite(const fs::path& file, std::uintmax_t at, const std::string& bytes) {
  std::fstream out(file, std::ios::in | std::ios::out | std::ios::binary);
  out.seekp(static_cast<std::streamoff>(at));
  out.write(bytes.data(), static_cast<std::streamsize>(bytes.size()));
}

void flip_bit(const fs::path& file, Random& random) {
  const std::uintmax_t size = fs::file_size(file);
  if (size == 0) return;
  const std::uintmax_t at = random.uniform(size);
  char byte = 0;
  {
    std::ifstream in(file, std::ios::binary);
    in.seekg(static_cast<std::streamoff>(at));
    in.get(byte);
  }
  overwrite(file, at, std::string(1, static_cast<char>(byte ^ (1 << random.uniform(8)))));
}

void put_back(const fs::path& file, const fs::path& older_folder, FileKind kind) {
  fs::path older = older_folder / file.filename();
  if (!fs::exists(older)) {
    const auto others = files_of_kind(older_folder, kind);
    if (others.empty()) return;
    older = others.back();
  }
  fs::copy_file(older, file, fs::copy_options::overwrite_existing);
}

void damage_file(const fs::path& file, const fs::path& older_folder, const FileFault& fault, Random& random) {
  const std::uintmax_t size = fs::file_size(file);
  switch (fault.damage) {
    case Damage::emptied:
      return fs::resize_file(file, 0);
    case Damage::half:
      return fs::resize_file(file, size / 2);
    case Damage::last_byte_lost:
      return fs::resize_file(file, size == 0 ? 0 : size - 1);
    case Damage::missing:
      fs::remove(file);
      return;
    case Damage::bit_flipped:
      return flip_bit(file, random);
    case Damage::block_of_zeros:
      return overwrite(file, random.uniform(size + 1) / 512 * 512,
                       std::string(std::min<std::size_t>(size, 512), '\0'));
    case Damage::older_copy:
      return put_back(file, older_folder, fault.kind);
  }
}

}  // namespace

std::string name_of(const FileFault& fault) {
  return std::string(kKindNames[static_cast<std::size_t>(fault.kind)]) +
         kDamageNames[static_cast<std::size_t>(fault.damage)];
}

std::vector<FileFault> all_file_faults() {
  std::vector<FileFault> all;
  for (std::size_t kind = 0; kind < std::size(kKindNames); ++kind) {
    for (std::size_t damage = 0; damage < std::size(kDamageNames); ++damage)
      all.push_back({static_cast<FileKind>(kind), static_cast<Damage>(damage)});
  }
  return all;
}

std::vector<fs::path> store_folders(const fs::path& dir) {
  std::vector<fs::path> folders;
  for (const auto& task : fs::directory_iterator(dir)) {
    if (!task.is_directory()) continue;
    for (const auto& store : fs::directory_iterator(task)) {
      if (store.path().extension() != ".quarantined") folders.push_back(store.path());
    }
  }
  std::sort(folders.begin(), folders.end());
  return folders;
}

int damage_files(const fs::path& dir, const fs::path& older, const FileFault& fault, Random& random) {
  int damaged = 0;
  for (const fs::path& folder : store_folders(dir)) {
    const auto files = files_of_kind(folder, fault.kind);
    if (files.empty()) continue;
    damage_file(files[random.uniform(files.size())], older / fs::relative(folder, dir), fault, random);
    ++damaged;
  }
  return damaged;
}

}  // namespace tidemark::sim_test
