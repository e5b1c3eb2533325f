package tidemark.bench;

import java.time.DateTimeException;
import java.time.LocalDate;
import java.time.OffsetDateTime;
import java.time.format.DateTimeParseException;

/** Timestamps as milliseconds since 1970. By hand where it pays: java.time takes a microsecond for each. */
final class Rfc3339 {
  private static final long DAY_MS = 86_400_000;
  private static final int LENGTH_WITH_MS = "2026-11-21T10:15:00.123Z".length();

  private long day = Long.MIN_VALUE;  // the last one that was spelled
  private String date = "";

  static long parse(String text) throws InvalidEvent {
    try {
      if (text.length() == LENGTH_WITH_MS && text.charAt(10) == 'T' && text.charAt(23) == 'Z') {
        long days = LocalDate.of(number(text, 0, 4), number(text, 5, 7), number(text, 8, 10)).toEpochDay();
        long seconds = number(text, 11, 13) * 3600L + number(text, 14, 16) * 60L + number(text, 17, 19);
        return days * DAY_MS + seconds * 1000 + number(text, 20, 23);
      }
      return OffsetDateTime.parse(text).toInstant().toEpochMilli();
    } catch (DateTimeParseException notATime) {
      throw new InvalidEvent("not a timestamp: " + text);
    } catch (DateTimeException noSuchDay) {
      throw new InvalidEvent("no such day: " + text);
    }
  }

  private static int number(String text, int from, int to) throws InvalidEvent {
    int value = 0;
    for (int i = from; i < to; ++i) {
      int digit = text.charAt(i) - '0';
      if (digit < 0 || digit > 9) throw new InvalidEvent("not a timestamp: " + text);
      value = value * 10 + digit;
    }
    return value;
  }

  static String month(long time) {
    return LocalDate.ofEpochDay(Math.floorDiv(time, DAY_MS)).toString().substring(0, 7);
  }

  void append(StringBuilder out, long time) {
    long thisDay = Math.floorDiv(time, DAY_MS);
    if (thisDay != day) {
      day = thisDay;
      date = LocalDate.ofEpochDay(thisDay).toString();
    }
    int ms = (int) Math.floorMod(time, DAY_MS);
    out.append(date).append('T');
    appendTwo(out, ms / 3_600_000).append(':');
    appendTwo(out, ms / 60_000 % 60).append(':');
    appendTwo(out, ms / 1000 % 60).append('.');
    out.append((char) ('0' + ms / 100 % 10));
    appendTwo(out, ms % 100).append('Z');
  }

  private static StringBuilder appendTwo(StringBuilder out, int number) {
    return out.append((char) ('0' + number / 10)).append((char) ('0' + number % 10));
  }
}
