// Every sample under schemas/ is decoded by the C++ codec; an independent validator checks the same files
// against the JSON Schemas.
#include <gtest/gtest.h>

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <sstream>
#include <string>
#include <vector>

#include "schemas/command/codec.h"
#include "schemas/customer_profile/codec.h"
#include "schemas/usage_delta/codec.h"
#include "schemas/usage_total/codec.h"
#include "tests/unit/schemas/decoding.h"

namespace tidemark::schemas {
namespace {

namespace fs = std::filesystem;

const fs::path kSchemas = fs::path(TIDEMARK_SOURCE_DIR) / "schemas";

struct Sample {
  std::string type;  // folder under schemas/
  fs::path path;
  std::string code;  // "none": good
};

std::string text_of(const fs::path& path) {
  std::ifstream file(path, std::ios::binary);
  std::ostringstream text;
  text << file.rdbuf();
  return text.str();
}

void add_samples(std::vector<Sample>& samples, const std::string& type, const std::string& folder) {
  const fs::path path = kSchemas / type / folder;
  if (!fs::exists(path)) return;
  for (const auto& entry : fs::directory_iterator(path)) {
    if (entry.path().extension() != ".json") continue;
    const std::string stem = entry.path().stem().string();
    const bool good = !folder.starts_with("samples-invalid");
    samples.push_back({type, entry.path(), good ? "none" : stem.substr(0, stem.find("__"))});
  }
}

std::vector<Sample> all_samples() {
  std::vector<Sample> samples;
  for (const char* type : {"usage_event", "customer_profile", "usage_total", "usage_delta", "command"}) {
    for (const char* folder :
         {"samples", "samples-invalid", "samples-invalid/codec-only", "samples/cloud_event",
          "samples-invalid/cloud_event", "samples-invalid/cloud_event/codec-only"})
      add_samples(samples, type, folder);
  }
  std::sort(samples.begin(), samples.end(), [](const Sample& a, const Sample& b) { return a.path < b.path; });
  return samples;
}

template <class T>
std::string code_of(const Result<T>& decoded) {
  return decoded ? "none" : decoded.error().code;
}

std::string decoded_code(const std::string& type, const std::string& text) {
  if (type == "customer_profile") return code_of(decode_profile(text, ""));
  if (type == "usage_total") return code_of(decode_usage_total(text));
  if (type == "usage_delta") return code_of(decode_usage_delta(text));
  if (type == "command") return code_of(decode_command(text));
  UsageEventDecoder decoder({});
  UsageEvent event;
  const ErrorCode code = decoder.decode(record_of(text), event).code;
  return code == ErrorCode::none ? "none" : std::string(name_of(code));
}

class SampleTest : public ::testing::TestWithParam<Sample> {};

TEST_P(SampleTest, IsJudgedAsItsNameSays) {
  EXPECT_EQ(decoded_code(GetParam().type, text_of(GetParam().path)), GetParam().code) << GetParam().path;
}

INSTANTIATE_TEST_SUITE_P(Schemas, SampleTest, ::testing::ValuesIn(all_samples()), [](const auto& test) {
  std::string name = test.param.type + "_" +
                     fs::relative(test.param.path, kSchemas / test.param.type).replace_extension().string();
  std::replace_if(
      name.begin(), name.end(), [](unsigned char c) { return std::isalnum(c) == 0; }, '_');
  return name;
});

}  // namespace
}  // namespace tidemark::schemas
