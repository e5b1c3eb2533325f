package tidemark.bench;

/** The meters of bench.topology.yaml. */
enum Meter {
  API_CALLS("api_calls", "api.request", true, 0),
  TOKENS("tokens", "llm.completion", false, 0),
  STORAGE_GB("storage_gb", "storage.snapshot", false, 6),
  BANDWIDTH_GB("bandwidth_gb", "network.transfer", false, 6),
  COMPUTE_S("compute_s", "compute.job", false, 6);

  final String meterName;
  final String eventType;
  final boolean counts;  // events; the others add up values
  final int scale;       // decimals

  Meter(String meterName, String eventType, boolean counts, int scale) {
    this.meterName = meterName;
    this.eventType = eventType;
    this.counts = counts;
    this.scale = scale;
  }

  static Meter ofEventType(String type) throws InvalidEvent {
    return switch (type) {
      case "api.request" -> API_CALLS;
      case "llm.completion" -> TOKENS;
      case "storage.snapshot" -> STORAGE_GB;
      case "network.transfer" -> BANDWIDTH_GB;
      case "compute.job" -> COMPUTE_S;
      default -> throw new InvalidEvent("no meter takes " + type);
    };
  }
}
