#include "runtime/topology/topology.h"

#include <algorithm>
#include <tuple>

#include "runtime/topology/graph.h"
#include "runtime/topology/rules.h"
#include "runtime/topology/shape.h"
#include "runtime/topology/wiring.h"
#include "runtime/topology/yaml_document.h"

namespace tidemark::runtime {
namespace {

void lint_processors(const Topology& topology, const ProcessorCatalog& catalog,
                     std::vector<Finding>& findings) {
  for (const auto& sub : topology.sub_topologies) {
    for (const auto& processor : sub.processors) {
      const ProcessorDescriptor* descriptor = find_descriptor(catalog, processor.type);
      if (descriptor != nullptr && descriptor->lint)
        descriptor->lint(processor.config, topology.document, findings);
    }
  }
}

void check_sub_topologies(const ProcessorCatalog& catalog, Topology& topology,
                          std::vector<Finding>& findings) {
  const std::size_t before = findings.size();
  read_sub_topologies(topology.document, catalog, topology, findings);
  const auto node_of = [&topology](const SubTopologySettings& sub) -> const ConfigNode& {
    return *topology.document.find("sub_topologies")->find(sub.name);
  };
  for (auto& sub : topology.sub_topologies) check_graph(topology, node_of(sub), sub, findings);
  // A graph with holes would be told of each of them twice.
  const bool is_sound = findings.size() == before;
  for (const auto& sub : topology.sub_topologies) {
    if (is_sound) check_wiring(catalog, node_of(sub), sub, findings);
    check_rules(topology, catalog, node_of(sub), sub, findings);
  }
}

// In the order of reading: the file that was named, then those it extends. Two processors that look at the
// same section find the same; it is said once.
void tidy(const std::string& path, std::vector<Finding>& findings) {
  const auto place = [&](const Finding& finding) {
    return std::tuple(finding.mark.file != path, finding.mark.file, finding.mark.line, finding.mark.column);
  };
  std::stable_sort(findings.begin(), findings.end(),
                   [&](const Finding& a, const Finding& b) { return place(a) < place(b); });
  std::vector<Finding> kept;
  for (auto& finding : findings) {
    const bool repeated = std::any_of(kept.begin(), kept.end(), [&](const Finding& other) {
      return place(other) == place(finding) && other.message == finding.message;
    });
    if (!repeated) kept.push_back(std::move(finding));
  }
  findings = std::move(kept);
}

}  // namespace

const TopicSettings* Topology::topic(std::string_view alias) const {
  const auto found =
      std::find_if(topics.begin(), topics.end(), [alias](const auto& topic) { return topic.alias == alias; });
  return found == topics.end() ? nullptr : &*found;
}

std::string Topology::changelog_topic(std::string_view store) const {
  return application + "-" + std::string(store) + "-changelog";
}

std::string Topology::epochs_topic(std::string_view sub_topology) const {
  return application + "-" + std::string(sub_topology) + "-epochs";
}

Result<LoadedTopology> load_topology(const std::string& path, const ProcessorCatalog& catalog) {
  auto document = read_yaml_document(path);
  if (!document) return document.error();
  LoadedTopology loaded;
  Topology& topology = loaded.topology;
  std::vector<Finding>& findings = loaded.findings;
  topology.document = std::move(document->root);
  findings = std::move(document->findings);
  read_head(topology.document, topology, findings);
  read_topics(topology.document, topology, findings);
  read_engine(topology.document, topology, findings);
  check_sub_topologies(catalog, topology, findings);
  check_topic_names(topology, findings);
  lint_processors(topology, catalog, findings);
  tidy(path, findings);
  return loaded;
}

Result<Topology> load_valid_topology(const std::string& path, const ProcessorCatalog& catalog) {
  auto loaded = load_topology(path, catalog);
  if (!loaded) return Error{Disposition::fatal, "config_unreadable", loaded.error().message};
  if (loaded->findings.empty()) return std::move(loaded->topology);
  std::string message = "the topology is not valid:";
  for (const auto& finding : loaded->findings) message += "\n" + to_string(finding);
  return Error{Disposition::fatal, "config_invalid", std::move(message)};
}

}  // namespace tidemark::runtime
