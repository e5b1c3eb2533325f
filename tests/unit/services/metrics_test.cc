#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "services/metrics/registry.h"

namespace tidemark::services {
namespace {

using ::testing::HasSubstr;
using ::testing::Not;

TEST(MetricsTest, CountersAreWholeNumbersEvenWhenLarge) {
  Metrics metrics;
  metrics.counter("tidemark_records_consumed_total", "Records read.", {{"topic", "usage.events"}})
      .add(9'007'199'254'740'991);
  EXPECT_EQ(metrics.text(),
            "# HELP tidemark_records_consumed_total Records read.\n"
            "# TYPE tidemark_records_consumed_total counter\n"
            "tidemark_records_consumed_total{topic=\"usage.events\"} 9007199254740991\n");
}

TEST(MetricsTest, TheSameNameAndLabelsInAnyOrderAreOneSeries) {
  Metrics metrics;
  Counter& first = metrics.counter("tidemark_a_total", "A.", {{"x", "1"}, {"y", "2"}});
  Counter& second = metrics.counter("tidemark_a_total", "ignored", {{"y", "2"}, {"x", "1"}});
  EXPECT_EQ(&first, &second);
  first.add(1);
  second.add(2);
  EXPECT_THAT(metrics.text(), HasSubstr("tidemark_a_total{x=\"1\",y=\"2\"} 3\n"));
  EXPECT_THAT(metrics.text(), Not(HasSubstr("ignored")));
}

TEST(MetricsTest, GaugesGoDownAndBelowZero) {
  Metrics metrics;
  metrics.gauge("tidemark_lag_records", "Lag.", {}).set(5);
  metrics.gauge("tidemark_lag_records", "Lag.", {}).set(-7);
  EXPECT_THAT(metrics.text(), HasSubstr("tidemark_lag_records -7\n"));
}

TEST(MetricsTest, LabelValuesAreEscaped) {
  Metrics metrics;
  metrics.gauge("tidemark_g", "G.", {{"path", "a\"b\\c\nd"}}).set(1);
  EXPECT_THAT(metrics.text(), HasSubstr(R"(tidemark_g{path="a\"b\\c\nd"} 1)"));
}

TEST(MetricsTest, HistogramsAreCumulativeAndInSeconds) {
  Metrics metrics;
  Histogram& histogram = metrics.histogram("tidemark_commit_duration_seconds", "Commit.", {});
  histogram.observe_seconds(1'000);       // on the edge of le="0.001"
  histogram.observe_seconds(1'001);       // one past it
  histogram.observe_seconds(20'000'000);  // past every edge
  const std::string text = metrics.text();
  EXPECT_THAT(text, HasSubstr("tidemark_commit_duration_seconds_bucket{le=\"0.001\"} 1\n"));
  EXPECT_THAT(text, HasSubstr("tidemark_commit_duration_seconds_bucket{le=\"0.0025\"} 2\n"));
  EXPECT_THAT(text, HasSubstr("tidemark_commit_duration_seconds_bucket{le=\"10\"} 2\n"));
  EXPECT_THAT(text, HasSubstr("tidemark_commit_duration_seconds_bucket{le=\"+Inf\"} 3\n"));
  EXPECT_THAT(text, HasSubstr("tidemark_commit_duration_seconds_count 3\n"));
  EXPECT_THAT(text, HasSubstr("tidemark_commit_duration_seconds_sum 20.002001\n"));
}

TEST(MetricsTest, FamiliesAreSortedByNameAcrossKinds) {
  Metrics metrics;
  metrics.gauge("tidemark_b", "B.", {}).set(1);
  metrics.counter("tidemark_a_total", "A.", {}).add(1);
  const std::string text = metrics.text();
  EXPECT_LT(text.find("tidemark_a_total"), text.find("tidemark_b"));
}

TEST(MetricsTest, BuildInfoNamesVersionAndTimeZones) {
  Metrics metrics;
  publish_build_info(metrics, "0.1.0", "2025b");
  EXPECT_THAT(metrics.text(), HasSubstr("tidemark_build_info{tzdb=\"2025b\",version=\"0.1.0\"} 1\n"));
}

TEST(MetricsDeathTest, ANameOfTwoKindsIsOurOwnBug) {
  Metrics metrics;
  metrics.gauge("tidemark_b", "B.", {});
  EXPECT_DEATH(metrics.counter("tidemark_b", "B.", {}), "assertion failed");
  EXPECT_DEATH(metrics.gauge("tidemark-b", "B.", {}), "assertion failed");
}

}  // namespace
}  // namespace tidemark::services
