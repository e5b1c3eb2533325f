package tidemark.bench;

/** Decimals with up to six digits behind the point, as whole millionths. Overflow is an error, never a wrong figure. */
final class Millionths {
  static final long ONE = 1_000_000;
  private static final int DIGITS = 6;

  private Millionths() {}

  static long parse(String text) throws InvalidEvent {
    int length = text.length();
    boolean negative = length > 0 && text.charAt(0) == '-';
    int i = negative ? 1 : 0;
    int first = i;
    int point = -1;
    long value = 0;
    try {
      for (; i < length; ++i) {
        char c = text.charAt(i);
        if (c >= '0' && c <= '9') {
          value = Math.addExact(Math.multiplyExact(value, 10L), c - '0');
        } else if (c == '.' && point < 0 && i > first && i + 1 < length) {
          point = i;
        } else {
          throw new InvalidEvent("not a decimal: " + text);
        }
      }
      int decimals = point < 0 ? 0 : length - point - 1;
      if (length == first || decimals > DIGITS) throw new InvalidEvent("not a decimal of six digits: " + text);
      for (; decimals < DIGITS; ++decimals) value = Math.multiplyExact(value, 10L);
    } catch (ArithmeticException tooLarge) {
      throw new InvalidEvent("too large: " + text);
    }
    return negative ? -value : value;
  }

  static void append(StringBuilder out, long millionths) {
    if (millionths < 0) out.append('-');
    out.append(Math.abs(millionths / ONE));
    long fraction = Math.abs(millionths % ONE);
    if (fraction == 0) return;
    out.append('.');
    for (long digit = ONE / 10; fraction > 0; digit /= 10) {  // without zeros at the end
      out.append((char) ('0' + fraction / digit));
      fraction %= digit;
    }
  }
}
