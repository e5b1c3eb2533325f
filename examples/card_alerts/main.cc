#include "processors.h"
#include "tidemark/program.h"

int main(int argc, char** argv) {
  return tidemark::run_program({.name = "card_alerts",
                                .description = "Alerts when a card pays more than its limit within minutes.",
                                .version = "1.0",
                                .processors = card_alerts::processors()},
                               argc, argv);
}
