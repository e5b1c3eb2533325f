#include "runtime/task_store.h"

#include "runtime/state/changelog.h"
#include "runtime/state/id_state_store.h"
#include "runtime/state/keyed_state_store.h"

namespace tidemark::runtime {
namespace {

class KeyedTaskStore final : public TaskStore {
 public:
  explicit KeyedTaskStore(std::unique_ptr<KeyedStateStore> store) : store_(std::move(store)) {}
  KeyedStore* keyed() override { return store_.get(); }
  Status flush_view() override { return store_->flush_view(); }
  bool has_changes() const override { return store_->change_count() > 0; }
  std::size_t change_bytes() const override { return store_->change_bytes(); }

  Result<StoreDigest> add_changelog(EpochNumber epoch, TopicPartition changelog, OutputBuffer& out) override {
    RowDigest digest;
    const std::string epoch_text = std::to_string(epoch.value());
    const HeaderView header{kEpochHeader, epoch_text};
    store_->for_each_change([&](std::string_view key, std::string_view value, bool erase) {
      digest.add(key, value, erase);
      if (erase) {
        out.add(changelog, {.key = key, .value = {}, .has_value = false, .headers = {&header, 1}});
        return;
      }
      value_.clear();
      append_changelog_value(epoch, value, value_);
      out.add(changelog, {.key = key, .value = value_, .has_value = true, .headers = {}});
    });
    return StoreDigest{.store = {}, .rows = digest.rows, .hash = digest.hash};
  }

  Status apply(const StorePosition& position) override { return store_->apply(position); }
  void discard() override { store_->discard(); }
  Result<StorePosition> position() override { return store_->position(); }

  Result<EpochNumber> epoch_of(const RecordView& record) const override {
    auto row = decode_changelog_row(record);
    if (!row) return row.error();
    return row->epoch;
  }

  Result<StoreDigest> digest(std::span<const RecordView> records) const override {
    RowDigest digest;
    for (const RecordView& record : records) {
      auto row = decode_changelog_row(record);
      if (!row) return row.error();
      digest.add(*row);
    }
    return StoreDigest{.store = {}, .rows = digest.rows, .hash = digest.hash};
  }

  Status replay(std::span<const RecordView> records, const StorePosition& position) override {
    std::vector<ChangelogRow> rows;
    rows.reserve(records.size());
    for (const RecordView& record : records) {
      auto row = decode_changelog_row(record);
      if (!row) return row.error();
      rows.push_back(*row);
    }
    return store_->restore(rows, position);
  }

  Status flush() override { return store_->flush(); }
  Status health() const override { return store_->health(); }

 private:
  const std::unique_ptr<KeyedStateStore> store_;
  std::string value_;  // scratch
};

class IdTaskStore final : public TaskStore {
 public:
  explicit IdTaskStore(std::unique_ptr<IdStateStore> store) : store_(std::move(store)) {}
  IdStore* ids() override { return store_.get(); }
  bool has_changes() const override { return store_->change_count() > 0; }
  std::size_t change_bytes() const override { return store_->change_bytes(); }

  Result<StoreDigest> add_changelog(EpochNumber epoch, TopicPartition changelog, OutputBuffer& out) override {
    RowDigest digest;
    for (const std::string& record : store_->pack(epoch)) {
      digest.add_packed(record);
      out.add(changelog, {.key = {}, .value = record, .has_value = true, .headers = {}});
    }
    return StoreDigest{.store = {}, .rows = digest.rows, .hash = digest.hash};
  }

  Status apply(const StorePosition& position) override { return store_->apply(position); }
  void discard() override { store_->discard(); }
  Result<StorePosition> position() override { return store_->position(); }

  Result<EpochNumber> epoch_of(const RecordView& record) const override {
    auto header = read_packed_header(record.value);
    if (!header) return header.error();
    return header->epoch;
  }

  // A spill in the middle of the records keeps the position before them: replaying them again changes
  // nothing.
  Result<StoreDigest> digest(std::span<const RecordView> records) const override {
    RowDigest digest;
    for (const RecordView& record : records) digest.add_packed(record.value);
    return StoreDigest{.store = {}, .rows = digest.rows, .hash = digest.hash};
  }

  Status replay(std::span<const RecordView> records, const StorePosition& position) override {
    auto before = store_->position();
    if (!before) return before.error();
    for (std::size_t i = 0; i < records.size(); ++i) {
      TM_TRY(store_->restore(records[i].value, i + 1 == records.size() ? position : *before));
    }
    return {};
  }

  Status flush() override { return store_->flush(); }
  Status health() const override { return store_->health(); }

 private:
  const std::unique_ptr<IdStateStore> store_;
};

Result<std::unique_ptr<TaskStore>> wrap(const Blueprint& blueprint, const StoreSettings& settings,
                                        std::unique_ptr<Storage> storage) {
  const auto partitions = static_cast<std::size_t>(blueprint.topology->partitions);
  if (settings.kind == StoreKind::generations) {
    constexpr std::size_t kBytesPerId =
        128;  // of a table at half load: a fuller one moves more at each insertion
    const IdStateStoreOptions options{
        .horizon = settings.horizon,
        .hot_ids_max =
            std::max(blueprint.memory.hot_ids_min, blueprint.memory.hot_ids / kBytesPerId / partitions)};
    auto store = IdStateStore::open(std::move(storage), options);
    if (!store) return store.error();
    return std::unique_ptr<TaskStore>(std::make_unique<IdTaskStore>(*std::move(store)));
  }
  const std::size_t stores = blueprint.settings->stores.size();
  auto store = KeyedStateStore::open(std::move(storage), blueprint.memory.hot_rows / partitions / stores);
  if (!store) return store.error();
  (*store)->set_cache_bytes_max(blueprint.memory.views / partitions);
  return std::unique_ptr<TaskStore>(std::make_unique<KeyedTaskStore>(*std::move(store)));
}

}  // namespace

Status set_task_store_aside(const Blueprint& blueprint, PartitionId partition, std::size_t store) {
  const std::string& name = blueprint.settings->stores[store].name;
  TM_TRY(blueprint.storage->quarantine(blueprint.task_name(partition), name));
  blueprint.metrics
      ->counter("tidemark_stores_set_aside_total",
                "Databases that were damaged, foreign or too old, and are restored from their changelog.",
                {{"store", name}})
      .add(1);
  return {};
}

Result<OpenedStore> open_task_store(const Blueprint& blueprint, PartitionId partition, std::size_t store) {
  const StoreSettings& settings = blueprint.settings->stores[store];
  const std::string task = blueprint.task_name(partition);
  OpenedStore result;
  for (const bool second_try : {false, true}) {
    auto storage = blueprint.storage->open(task, settings.name);
    auto opened = storage ? wrap(blueprint, settings, *std::move(storage))
                          : Result<std::unique_ptr<TaskStore>>(storage.error());
    if (opened) {
      result.store = *std::move(opened);
      return result;
    }
    if (second_try || opened.error().code != "state_corrupt") return opened.error();
    // What cannot be read, or is of an older format, is set aside; the changelog has all of it.
    TM_TRY(set_task_store_aside(blueprint, partition, store));
    result.set_aside = opened.error();
  }
  TM_ASSERT(false);
}

}  // namespace tidemark::runtime
