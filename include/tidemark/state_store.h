#pragma once
// State stores as processors see them. A store belongs to one task; writes go to an overlay that becomes
// durable (changelog, then disk) with the task's epoch, or vanishes with it.
// Threading: confined to the task's stream thread. Failure: an error from a store is abort_txn or fatal;
// the processor returns it unchanged.
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "tidemark/result.h"
#include "tidemark/time.h"
#include "tidemark/types.h"

namespace tidemark {

class KeyedStore;

// A typed cache over a keyed store, shared by the processors that name the store.
// The runtime calls flush at the end of each epoch, before the changelog is produced, and clear after
// an aborted epoch or a restore. Owned by the store.
class StoreView {
 public:
  virtual ~StoreView() = default;
  virtual Status flush(KeyedStore& store) = 0;  // put() every row changed in this epoch
  virtual void clear() = 0;                     // forget everything; the store is read again
};

// Ordered bytes -> bytes; changelog compacted. Keys are non-empty and never start with byte 0.
class KeyedStore {
 public:
  virtual ~KeyedStore() = default;
  virtual Result<std::optional<std::string>> get(std::string_view key) = 0;
  virtual void put(std::string_view key, std::string_view value) = 0;
  virtual void erase(std::string_view key) = 0;
  // Rows with begin <= key < end in key order, at most `count_max`; overlay and disk merged.
  virtual Result<std::vector<std::pair<std::string, std::string>>> scan(std::string_view begin,
                                                                        std::string_view end,
                                                                        std::size_t count_max) = 0;

  // The view of type V over this store; built by `make` at the first call.
  template <class V>
  V& view(const std::function<std::unique_ptr<V>()>& make) {
    if (!view_) view_ = make();
    return static_cast<V&>(*view_);
  }
  StoreView* attached_view() { return view_.get(); }

  // How much a view may keep in memory between epochs; set by the runtime from the process's one number.
  std::size_t cache_bytes_max() const { return cache_bytes_max_; }
  void set_cache_bytes_max(std::size_t bytes) { cache_bytes_max_ = bytes; }

 private:
  std::unique_ptr<StoreView> view_;
  std::size_t cache_bytes_max_ = std::size_t{16} << 20;
};

// What is remembered of an accepted id.
struct RememberedId {
  std::uint64_t fingerprint = 0;
  Offset offset;            // where the first record of this id stands
  ArrivalTime inserted_at;  // dedup clock at insertion
  SourceIndex source;
  std::uint8_t verdict = 0;   // meaning belongs to the processor
  std::uint16_t element = 0;  // of a record that holds several
  std::uint16_t tag = 0;      // meaning belongs to the processor; the same for most ids costs nothing

  RecordPlace place() const { return {source, offset, element}; }
};

// Whether what is remembered of an id is also the verdict of the record that stands there.
enum class Remembering : std::uint8_t {
  first,  // its verdict
  again,  // that was said before, or is none: only what is known of the id changes
};

// 128-bit id -> RememberedId, forgotten by clock; changelog packed, one or a few records per epoch.
// Also the ledger of verdicts: every consumed record is noted in the changelog, remembered or not.
class IdStore {
 public:
  virtual ~IdStore() = default;
  // found[i] for ids[i]; an id whose inserted_at + horizon < clock is unknown, even if still stored.
  // REQUIRES: ids and found have the same size.
  virtual Status find(std::span<const Hash128> ids, ArrivalTime clock,
                      std::span<std::optional<RememberedId>> found) = 0;
  virtual std::optional<std::chrono::milliseconds> horizon() const = 0;  // nullopt: ids are never forgotten
  virtual void remember(const Hash128& id, const RememberedId& value, Remembering how) = 0;  // replaces
  virtual void forget(const Hash128& id) = 0;
  // The verdict of a record whose id is not remembered, or (moved) a later change of a verdict.
  virtual void note(const RecordPlace& place, std::uint8_t verdict, std::uint16_t code, bool moved) = 0;
};

}  // namespace tidemark
