import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.Paths;
import java.util.ArrayList;
import java.util.Base64;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.apache.rocketmq.filter.expression.EvaluationContext;
import org.apache.rocketmq.filter.expression.Expression;
import org.apache.rocketmq.filter.parser.SelectorParser;

/**
 * Apache's own answers for a file of cases: {@code evaluate-sql --in FILE --out FILE}. A line is an expression and its
 * message's properties, {@code EXPRESSION NAME:VALUE ...}, each word in base64; a line of the answer is {@code true},
 * {@code false}, {@code unknown}, {@code failed}, or {@code rejected}.
 */
final class EvaluateSql {
  static boolean run(Args args, Out out) throws Exception {
    List<String> cases = Files.readAllLines(Paths.get(args.text("in")), StandardCharsets.US_ASCII);
    List<String> answers = new ArrayList<>();
    for (String line : cases) answers.add(answer(line.split(" ", -1)));
    Path target = Paths.get(args.text("out"));
    Files.write(target, answers, StandardCharsets.US_ASCII);
    out.done("cases", cases.size());
    return true;
  }

  private static String answer(String[] words) {
    Map<String, String> properties = new HashMap<>();
    for (int n = 1; n < words.length; n++) {
      String[] entry = words[n].split(":", -1);
      properties.put(text(entry[0]), text(entry[1]));
    }
    Expression filter;
    try {
      filter = SelectorParser.parse(text(words[0]));
    } catch (Exception refused) {
      return "rejected";
    }
    try {
      Object result = filter.evaluate(new Properties(properties));
      return result == null ? "unknown" : result.toString();
    } catch (Exception failure) {
      return "failed";
    }
  }

  private static String text(String word) {
    return new String(Base64.getDecoder().decode(word), StandardCharsets.UTF_8);
  }

  private static final class Properties implements EvaluationContext {
    private final Map<String, String> values;

    Properties(Map<String, String> values) {
      this.values = values;
    }

    @Override public Object get(String name) {
      return values.get(name);
    }

    @Override public Map<String, Object> keyValues() {
      return new HashMap<>(values);
    }
  }
}
