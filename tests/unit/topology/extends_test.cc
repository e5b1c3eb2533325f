#include "tests/unit/topology/scratch.h"

namespace tidemark::runtime::testing {
namespace {

// The merged document as one line: {a: 1, b: [x]}.
std::string shown(const ConfigNode& node) {
  std::string out;
  switch (node.kind) {
    case ConfigNode::Kind::null:
      return "null";
    case ConfigNode::Kind::scalar:
      return node.scalar;
    case ConfigNode::Kind::list:
      for (const auto& item : node.list) out += (out.empty() ? "" : ", ") + shown(item);
      return "[" + out + "]";
    case ConfigNode::Kind::map:
      for (const auto& [key, value] : node.map) out += (out.empty() ? "" : ", ") + key + ": " + shown(value);
      return "{" + out + "}";
  }
  return out;
}

struct MergeCase {
  const char* name;
  const char* base;
  const char* overlay;
  const char* merged;
};
class MergeTest : public ::testing::TestWithParam<MergeCase> {};

TEST_P(MergeTest, Document) {
  const Scratch scratch;
  scratch.write("base.yaml", GetParam().base);
  const auto path = scratch.write("sub/t.yaml", std::string("extends: ../base.yaml\n") + GetParam().overlay);
  const auto loaded = load_topology(path, {});
  ASSERT_TRUE(loaded) << loaded.error().message;
  EXPECT_EQ(shown(loaded->topology.document), GetParam().merged);
}
INSTANTIATE_TEST_SUITE_P(
    Extends, MergeTest,
    ::testing::Values(
        //        name                    base                    overlay                     merged
        MergeCase{"nothing_to_say", "a: 1", "", "{a: 1}"},
        MergeCase{"scalars_replace", "a: 1\nb: 2", "a: 3", "{a: 3, b: 2}"},
        MergeCase{"new_keys_at_the_end", "a: 1\nb: 2", "c: 3", "{a: 1, b: 2, c: 3}"},
        MergeCase{"maps_merge", "m: {a: 1, n: {b: 2}}", "m: {n: {c: 3}}", "{m: {a: 1, n: {b: 2, c: 3}}}"},
        MergeCase{"lists_replace", "l: [1, 2]", "l: [3]", "{l: [3]}"},
        MergeCase{"null_removes", "a: 1\nm: {x: 1, y: 2}", "a: null\nm: {x: ~}", "{m: {y: 2}}"},
        MergeCase{"null_of_nothing", "a: 1", "z: null", "{a: 1}"},
        MergeCase{"map_over_scalar", "a: 1", "a: {b: 2}", "{a: {b: 2}}"},
        MergeCase{"scalar_over_map", "a: {b: 2}", "a: 1", "{a: 1}"}),
    [](const auto& test) { return std::string(test.param.name); });

TEST(Extends, AFindingNamesTheFileThatSaidIt) {
  const Scratch scratch;
  scratch.write("base.yaml", valid_but("threads: 2", "threads: 65"));
  const auto loaded =
      load_topology(scratch.write("t.yaml", "extends: base.yaml\nengine: {memory: 1MiB}\n"), fake_catalog());
  ASSERT_TRUE(loaded);
  EXPECT_EQ(lines_of(loaded->findings),
            (std::vector<std::string>{"t.yaml:2:18: memory must be between 64MiB and 1TiB, not 1MiB",
                                      "base.yaml:11:12: threads must be an integer from 1 to 64, not 65"}));
  EXPECT_EQ(loaded->findings[0].path, "engine.memory");
  EXPECT_EQ(loaded->findings[1].path, "engine.threads");
}

TEST(Extends, OverThreeFiles) {
  const Scratch scratch;
  scratch.write("a.yaml", valid_but("", ""));
  scratch.write("b.yaml", "extends: a.yaml\napplication: b\nengine: {threads: 3}\n");
  const auto loaded =
      load_topology(scratch.write("c.yaml", "extends: b.yaml\napplication: c\n"), fake_catalog());
  ASSERT_TRUE(loaded);
  EXPECT_TRUE(loaded->findings.empty());
  EXPECT_EQ(loaded->topology.application, "c");
  EXPECT_EQ(loaded->topology.engine.threads, 3);
}

TEST(Extends, ACycleIsRefused) {
  const Scratch scratch;
  scratch.write("a.yaml", "extends: ./b.yaml\n" + kValid);
  const auto path = scratch.write("b.yaml", "extends: a.yaml\n");
  const auto loaded = load_topology(path, fake_catalog());
  ASSERT_TRUE(loaded);
  ASSERT_EQ(loaded->findings.size(), 1u);
  EXPECT_EQ(lines_of(loaded->findings)[0],
            "a.yaml:1:10: extends: " + path + " extends this file in its turn: a cycle");
}

TEST(Extends, AFileThatIsNotThere) {
  const Scratch scratch;
  const auto path = scratch.write("t.yaml", "version: 1\nextends: gone.yaml\n");
  const auto loaded = load_topology(path, fake_catalog());
  ASSERT_FALSE(loaded);
  EXPECT_EQ(loaded.error().message,
            scratch.path("gone.yaml") + ": no such file\n  extended by " + path + ":2:10");
}

}  // namespace
}  // namespace tidemark::runtime::testing
