#include "cli/catalog.h"

#include "processors/decode.h"
#include "processors/dedup.h"
#include "processors/delta.h"
#include "processors/meter.h"

namespace tidemark::cli {

const runtime::ProcessorCatalog& processor_catalog() {
  static const runtime::ProcessorCatalog catalog{
      processors::decode_descriptor(), processors::dedup_descriptor(), processors::meter_descriptor(),
      processors::delta_descriptor()};
  return catalog;
}

}  // namespace tidemark::cli
