#include "runtime/topology/wiring.h"

#include <algorithm>

#include "runtime/topology/shape.h"
#include "tidemark/assert.h"

namespace tidemark::runtime {
namespace {

using Names = std::vector<std::string>;

bool contains(const Names& names, const std::string& name) {
  return std::find(names.begin(), names.end(), name) != names.end();
}

std::string join(const Names& names) {
  std::string text;
  for (const std::string& name : names) text.append(text.empty() ? "" : ", ").append(name);
  return text.empty() ? "none" : text;
}

// One sub-topology, its node in the document, and where to complain. Lives for one check.
class WiringCheck {
 public:
  WiringCheck(const ProcessorCatalog& catalog, const ConfigNode& node, const SubTopologySettings& sub,
              std::vector<Finding>& findings)
      : catalog_(catalog), node_(node), sub_(sub), findings_(findings) {}

  void run() {
    for (const ProcessorSettings& processor : sub_.processors) {
      const ProcessorDescriptor* descriptor = find_descriptor(catalog_, processor.type);
      TM_ASSERT(descriptor != nullptr);
      const ProcessorNeeds& needs = descriptor->needs;
      check_inputs(processor, needs);
      check_taken(processor, needs);
      Names stores = needs.keyed_stores;
      stores.insert(stores.end(), needs.id_stores.begin(), needs.id_stores.end());
      check_list(processor, "stores", "store", processor.stores, stores);
      check_list(processor, "tables", "table", processor.tables, needs.tables);
      check_sinks(processor, needs);
      for (const std::string& store : needs.keyed_stores) check_kind(store, StoreKind::keyed, "keyed");
      for (const std::string& store : needs.id_stores)
        check_kind(store, StoreKind::generations, "generations");
    }
  }

 private:
  const ConfigNode& entry(std::string_view section, const std::string& name) const {
    return *node_.find(section)->find(name);
  }

  void complain(const ConfigNode& node, std::string message, std::string suggestion = {}) {
    findings_.push_back(finding_at(node, std::move(message), std::move(suggestion)));
  }

  // What batches of a source or processor hold. Empty: it gives none.
  std::string given_by(const std::string& name) const {
    for (const SourceSettings& source : sub_.sources) {
      if (source.name == name) return source.role == SourceRole::stream ? std::string(kRecords) : "";
    }
    for (const ProcessorSettings& processor : sub_.processors) {
      if (processor.name != name) continue;
      return find_descriptor(catalog_, processor.type)->needs.gives;
    }
    return "";
  }

  void check_inputs(const ProcessorSettings& processor, const ProcessorNeeds& needs) {
    for (const ConfigNode& item : entry("processors", processor.name).find("from")->list) {
      const std::string given = given_by(item.scalar);
      if (contains(needs.takes, given)) continue;
      Names fitting;
      const auto offer = [&](const std::string& name) {
        if (contains(needs.takes, given_by(name))) fitting.push_back(name);
      };
      for (const SourceSettings& source : sub_.sources) offer(source.name);
      for (const ProcessorSettings& other : sub_.processors) offer(other.name);
      complain(item,
               "'" + item.scalar + "' gives " + (given.empty() ? "nothing" : given) +
                   ", a processor of type " + processor.type + " takes " + join(needs.takes) +
                   "; it can take from: " + join(fitting),
               nearest_name(item.scalar, fitting));
    }
  }

  void check_taken(const ProcessorSettings& processor, const ProcessorNeeds& needs) {
    const bool is_taken =
        std::any_of(sub_.processors.begin(), sub_.processors.end(),
                    [&](const ProcessorSettings& other) { return contains(other.from, processor.name); });
    if (needs.gives.empty() || is_taken) return;
    complain(entry("processors", processor.name), "no processor takes the " + needs.gives + " of '" +
                                                      processor.name + "': name it under 'from' of one");
  }

  // Both ways: what is named is needed, and what is needed is named.
  void check_list(const ProcessorSettings& processor, std::string_view key, const std::string& what,
                  const Names& named, const Names& needed) {
    const ConfigNode& node = entry("processors", processor.name);
    for (std::size_t i = 0; i < named.size(); ++i) {
      if (contains(needed, named[i])) continue;
      complain(node.find(key)->list[i],
               "a processor of type " + processor.type + " uses no " + what + " '" + named[i] +
                   "'; it uses: " + join(needed),
               nearest_name(named[i], needed));
    }
    for (const std::string& name : needed) {
      if (contains(named, name)) continue;
      complain(node, "a processor of type " + processor.type + " needs the " + what + " '" + name +
                         "': name it under '" + std::string(key) + "'");
    }
  }

  void check_sinks(const ProcessorSettings& processor, const ProcessorNeeds& needs) {
    Names known;
    for (const SinkDescriptor& sink : needs.sinks) known.push_back(sink.name);
    Names fed;
    for (const SinkSettings& sink : sub_.sinks) {
      if (!contains(sink.from, processor.name)) continue;
      fed.push_back(sink.name);
      if (contains(known, sink.name)) continue;
      complain(entry("sinks", sink.name),
               "a processor of type " + processor.type + " writes to no sink '" + sink.name +
                   "'; it writes to: " + join(known),
               nearest_name(sink.name, known));
    }
    for (const SinkDescriptor& sink : needs.sinks) {
      const std::string& name = sink.name;
      if (contains(fed, name) || sink.comes_back) continue;
      complain(entry("processors", processor.name), "a processor of type " + processor.type +
                                                        " needs a sink '" + name + "' that takes from '" +
                                                        processor.name + "'");
    }
  }

  void check_kind(const std::string& name, StoreKind kind, const std::string& kind_name) {
    for (const StoreSettings& store : sub_.stores) {
      if (store.name != name || store.kind == kind) continue;
      const ConfigNode& node = entry("stores", name);
      const ConfigNode* written = node.find("kind");
      complain(written != nullptr ? *written : node,
               "the store '" + name + "' must be of kind " + kind_name + " for the processors that use it");
    }
  }

  const ProcessorCatalog& catalog_;
  const ConfigNode& node_;
  const SubTopologySettings& sub_;
  std::vector<Finding>& findings_;
};

}  // namespace

void check_wiring(const ProcessorCatalog& catalog, const ConfigNode& node, const SubTopologySettings& sub,
                  std::vector<Finding>& findings) {
  WiringCheck(catalog, node, sub, findings).run();
}

}  // namespace tidemark::runtime
