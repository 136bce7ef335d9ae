import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Base64;
import java.util.List;
import org.apache.rocketmq.client.producer.selector.SelectMessageQueueByHash;
import org.apache.rocketmq.common.message.MessageQueue;

/**
 * Which queue keys choose: --values is Base64 of lines such as {@code s:text}, {@code i:7}, {@code l:7}, {@code b:true},
 * {@code d:1.5}; texts are Base64 themselves, of UTF-16.
 */
final class HashKeys {
  private HashKeys() {}

  static boolean run(Args args, Out out) {
    List<MessageQueue> queues = new ArrayList<>();
    for (int id = 0; id < args.number("queues", 8); id++) queues.add(new MessageQueue("T", "b", id));
    String lines = new String(Base64.getDecoder().decode(args.text("values")), StandardCharsets.UTF_8);
    SelectMessageQueueByHash selector = new SelectMessageQueueByHash();
    for (String line : lines.split("\n")) {
      out.line("chosen", selector.select(queues, null, valueOf(line.charAt(0), line.substring(2))).getQueueId());
    }
    out.done("asked", lines.split("\n").length);
    return true;
  }

  private static Object valueOf(char type, String text) {
    switch (type) {
      case 'i': return Integer.valueOf(text);
      case 'l': return Long.valueOf(text);
      case 'b': return Boolean.valueOf(text);
      case 'd': return Double.valueOf(text);
      default: return new String(Base64.getDecoder().decode(text), StandardCharsets.UTF_16LE);
    }
  }
}
