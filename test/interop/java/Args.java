import java.util.HashMap;
import java.util.Map;

/** Command line of the form {@code --name value} or {@code --flag}. */
final class Args {
  private final Map<String, String> values = new HashMap<>();

  Args(String[] argv) {
    for (int i = 0; i < argv.length; i++) {
      if (!argv[i].startsWith("--")) throw new IllegalArgumentException("expected --name, got " + argv[i]);
      boolean flag = i + 1 == argv.length || argv[i + 1].startsWith("--");
      values.put(argv[i].substring(2), flag ? "" : argv[++i]);
    }
  }

  boolean has(String name) {
    return values.containsKey(name);
  }

  String text(String name) {
    String value = values.get(name);
    if (value == null) throw new IllegalArgumentException("missing --" + name);
    return value;
  }

  String text(String name, String otherwise) {
    return values.getOrDefault(name, otherwise);
  }

  int number(String name, int otherwise) {
    String value = values.get(name);
    return value == null ? otherwise : Integer.parseInt(value);
  }
}
