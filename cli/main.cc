// The composition root of `tidemark`: its processors, and its commands besides those that every program has.
#include "billing/period.h"
#include "cli/application.h"
#include "cli/catalog.h"
#include "cli/verify/topology_test_run.h"

int main(int argc, char** argv) {
  using namespace tidemark::cli;
  const Application application{
      .program = {.name = "tidemark",
                  .description = "Tidemark turns usage events on Kafka into exact billing figures.",
                  .version = TIDEMARK_VERSION,
                  .processors = processor_catalog()},
      .time_zone_data = tidemark::billing::tzdb_version(),
      .run_tests = read_and_run_topology_tests};
  Commands commands;
  add_common_commands(commands);
  add_topology_page_commands(commands);
  add_customers_commands(commands);
  add_events_generate_command(commands);
  add_events_send_command(commands);
  add_events_verify_command(commands);
  add_usage_command(commands);
  add_audit_command(commands);
  add_chain_commands(commands);
  add_dev_commands(commands);
  add_verdicts_command(commands);
  return run_application(application, commands, argc, argv);
}
