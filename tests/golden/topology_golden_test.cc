#include <gtest/gtest.h>

#include <cstdlib>
#include <fstream>
#include <sstream>

#include "cli/topology/topology_docs.h"
#include "tests/unit/topology/scratch.h"

namespace tidemark::runtime {
namespace {

std::string print_docs(const Topology& topology) {
  return cli::topology_docs(topology, testing::real_catalog());
}

struct GoldenCase {
  const char* name;
  const char* topology;  // from the root of the source tree
  std::string (*print)(const Topology&);
  const char* golden;  // in this folder
};
class TopologyGoldenTest : public ::testing::TestWithParam<GoldenCase> {};

TEST_P(TopologyGoldenTest, PrintsAsBefore) {
  const std::string root = TIDEMARK_SOURCE_DIR;
  const auto loaded = load_topology(root + "/" + GetParam().topology, testing::fake_catalog());
  ASSERT_TRUE(loaded) << loaded.error().message;
  const std::string printed = GetParam().print(loaded->topology);
  const std::string path = root + "/tests/golden/" + GetParam().golden;
  if (std::getenv("TIDEMARK_UPDATE_GOLDEN") != nullptr) std::ofstream(path) << printed;
  std::ostringstream golden;
  golden << std::ifstream(path).rdbuf();
  EXPECT_EQ(printed, golden.str()) << "if this is what you want: TIDEMARK_UPDATE_GOLDEN=1 writes " << path
                                   << " anew";
}
INSTANTIATE_TEST_SUITE_P(Golden, TopologyGoldenTest,
                         ::testing::Values(GoldenCase{"text", "topology.yaml", print_text, "topology.txt"},
                                           GoldenCase{"mermaid", "topology.yaml", print_mermaid,
                                                      "topology.mmd"},
                                           GoldenCase{"backfill_text", "examples/backfill.topology.yaml",
                                                      print_text, "backfill.topology.txt"},
                                           GoldenCase{"docs", "tests/golden/meters.topology.yaml", print_docs,
                                                      "meters.topology.md"}),
                         [](const auto& test) { return std::string(test.param.name); });

}  // namespace
}  // namespace tidemark::runtime
