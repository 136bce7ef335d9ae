import java.io.BufferedOutputStream;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.util.Map;

/** JSON lines on standard output. Buffered for up to 50 ms, or not at all when a test means to kill this process. */
final class Out {
  private final PrintStream stream =
      new PrintStream(new BufferedOutputStream(System.out, 1 << 16), false, StandardCharsets.UTF_8);
  private final boolean immediate;

  Out(boolean immediate) {
    this.immediate = immediate;
    if (immediate) return;
    Thread flusher = new Thread(() -> {
      while (true) {
        try {
          Thread.sleep(50);
        } catch (InterruptedException stop) {
          return;
        }
        flush();
      }
    }, "flush-stdout");
    flusher.setDaemon(true);
    flusher.start();
  }

  /** Prints one object; arguments are name, value, name, value. Null values are left out. */
  void line(Object... pairs) {
    String line = object(pairs);
    synchronized (stream) {
      stream.print(line);
      stream.print('\n');
      if (immediate) stream.flush();
    }
  }

  /** Prints one object at once: something waits for it. */
  void event(Object... pairs) {
    line(pairs);
    flush();
  }

  void done(Object... pairs) {
    StringBuilder json = new StringBuilder("{\"done\":").append(object(pairs)).append('}');
    synchronized (stream) {
      stream.print(json);
      stream.print('\n');
      stream.flush();
    }
  }

  void flush() {
    synchronized (stream) {
      stream.flush();
    }
  }

  private static String object(Object... pairs) {
    StringBuilder json = new StringBuilder(160).append('{');
    for (int i = 0; i < pairs.length; i += 2) {
      if (pairs[i + 1] == null) continue;
      if (json.length() > 1) json.append(',');
      write(json, pairs[i]);
      json.append(':');
      write(json, pairs[i + 1]);
    }
    return json.append('}').toString();
  }

  private static void write(StringBuilder json, Object value) {
    if (value instanceof Double) {
      json.append(Math.round((Double) value * 1000) / 1000.0);
    } else if (value instanceof Number || value instanceof Boolean) {
      json.append(value);
    } else if (value instanceof Map) {
      Object[] pairs = new Object[((Map<?, ?>) value).size() * 2];
      int at = 0;
      for (Map.Entry<?, ?> entry : ((Map<?, ?>) value).entrySet()) {
        pairs[at++] = entry.getKey();
        pairs[at++] = entry.getValue();
      }
      json.append(object(pairs));
    } else {
      quote(json, String.valueOf(value));
    }
  }

  private static void quote(StringBuilder json, String text) {
    json.append('"');
    for (int i = 0; i < text.length(); i++) {
      char c = text.charAt(i);
      if (c == '"' || c == '\\') json.append('\\').append(c);
      else if (c < 0x20) json.append(String.format("\\u%04x", (int) c));
      else json.append(c);
    }
    json.append('"');
  }
}
