import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.SplittableRandom;

/** Message bodies: a readable id, a blank, padding. */
final class Bodies {
  private Bodies() {}

  static byte[] withId(String id, int size) {
    byte[] text = id.getBytes(StandardCharsets.UTF_8);
    if (size <= text.length) return text;
    byte[] body = Arrays.copyOf(text, size);
    body[text.length] = ' ';
    Arrays.fill(body, text.length + 1, size, (byte) 'x');
    return body;
  }

  static String idOf(byte[] body) {
    int end = 0;
    while (end < body.length && body[end] != ' ') end++;
    return new String(body, 0, end, StandardCharsets.UTF_8);
  }

  /** A pool of bodies to send in turn: one body of one letter, or 256 of random bytes that do not compress. */
  static byte[][] pool(int size, boolean random) {
    byte[][] pool = new byte[random ? 256 : 1][size];
    SplittableRandom source = new SplittableRandom(7);
    for (byte[] body : pool) {
      if (random) source.nextBytes(body);
      else Arrays.fill(body, (byte) 'a');
    }
    return pool;
  }
}
