import java.nio.ByteBuffer;

/** The moment of a send call inside the body; sender and listener share one process and so one clock. */
final class Stamp {
  private Stamp() {}

  static byte[] write(byte[] body, long nanos) {
    ByteBuffer.wrap(body).putLong(nanos);
    return body;
  }

  static long read(byte[] body) {
    return ByteBuffer.wrap(body).getLong();
  }
}
