#pragma once
// Processor `parse_payment`: bytes to payments. What cannot be read goes to the dead letters.
#include "tidemark/processor.h"

namespace card_alerts {

tidemark::ProcessorDescriptor parse_descriptor();

}  // namespace card_alerts
