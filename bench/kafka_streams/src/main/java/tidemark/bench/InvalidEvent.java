package tidemark.bench;

/** A record that can never be counted: a dead letter. */
final class InvalidEvent extends Exception {
  private static final long serialVersionUID = 1;

  InvalidEvent(String message) {
    super(message, null, false, false);  // nobody looks at its stack
  }
}
