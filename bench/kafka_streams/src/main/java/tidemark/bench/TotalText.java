package tidemark.bench;

import com.fasterxml.jackson.core.io.JsonStringEncoder;
import java.nio.charset.StandardCharsets;
import java.time.YearMonth;

/** Totals and deltas as JSON, in the layouts of docs/formats.md. Confined to one thread. */
final class TotalText {
  private final StringBuilder out = new StringBuilder(512);
  private final Rfc3339 times = new Rfc3339();
  private final String topic;
  private final int partition;
  private String keyFields = "";  // of the total at hand, without braces

  TotalText(String topic, int partition) {
    this.topic = topic;
    this.partition = partition;
  }

  /** The key of both records; value() and delta() are about it from here on. */
  byte[] key(String totalKey) {
    int customer = totalKey.indexOf(UsageEvent.KEY_SEPARATOR) + 1;
    int meter = totalKey.indexOf(UsageEvent.KEY_SEPARATOR, customer) + 1;
    int month = totalKey.indexOf(UsageEvent.KEY_SEPARATOR, meter) + 1;
    JsonStringEncoder encoder = JsonStringEncoder.getInstance();
    out.setLength(0);
    out.append("{\"tenant_id\":\"");
    encoder.quoteAsString(totalKey.substring(0, customer - 1), out);
    out.append("\",\"customer_id\":\"");
    encoder.quoteAsString(totalKey.substring(customer, meter - 1), out);
    out.append("\",\"meter\":\"").append(Meter.valueOf(totalKey.substring(meter, month - 1)).meterName);
    String start = totalKey.substring(month);
    out.append("\",\"period_start\":\"").append(start).append("-01T00:00:00Z\",\"period_end\":\"");
    out.append(monthAfter(start)).append("-01T00:00:00Z\"}");
    keyFields = out.substring(1, out.length() - 1);
    return bytes();
  }

  byte[] value(Total total) {
    begin();
    out.append(",\"total\":\"");
    Millionths.append(out, total.sum);
    out.append("\",\"event_count\":").append(total.count).append(",\"revision\":").append(total.revision + 1);
    out.append(",\"final\":false,\"watermark\":null,\"meter_version\":1}");
    return bytes();
  }

  byte[] delta(Total total) {
    begin();
    out.append(",\"seq\":").append(total.revision + 1).append(",\"kind\":\"usage\",\"previous_total\":\"");
    Millionths.append(out, total.toldSum);
    out.append("\",\"delta\":\"");
    Millionths.append(out, total.sum - total.toldSum);
    out.append("\",\"total\":\"");
    Millionths.append(out, total.sum);
    out.append("\",\"event_count\":").append(total.count - total.toldCount).append(",\"first_event_time\":\"");
    times.append(out, total.firstTime);
    out.append("\",\"last_event_time\":\"");
    times.append(out, total.lastTime);
    out.append("\",\"source\":[{\"topic\":\"").append(topic).append("\",\"partition\":").append(partition);
    out.append(",\"first_offset\":").append(total.firstOffset).append(",\"last_offset\":").append(total.lastOffset);
    out.append("}],\"meter_version\":1}");
    return bytes();
  }

  private void begin() {
    out.setLength(0);
    out.append("{\"schema\":1,").append(keyFields);
  }

  private byte[] bytes() {
    return out.toString().getBytes(StandardCharsets.UTF_8);
  }

  private String lastMonth = "";
  private String monthAfterLast = "";

  private String monthAfter(String month) {
    if (!month.equals(lastMonth)) {
      lastMonth = month;
      monthAfterLast = YearMonth.parse(month).plusMonths(1).toString();
    }
    return monthAfterLast;
  }
}
