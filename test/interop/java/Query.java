import java.nio.charset.StandardCharsets;
import java.util.Comparator;
import java.util.List;
import org.apache.rocketmq.client.exception.MQClientException;
import org.apache.rocketmq.client.producer.DefaultMQProducer;
import org.apache.rocketmq.common.message.MessageExt;

/** Finds messages: --topic T and one of --key K, --unique ID, --offset-id ID; [--max N] [--begin ms] [--end ms]. */
final class Query {
  private Query() {}

  static boolean run(Args args, Out out) throws Exception {
    DefaultMQProducer producer = Producers.start(args);
    List<MessageExt> found = find(producer, args);
    found.sort(Comparator.comparingLong(MessageExt::getCommitLogOffset));
    for (MessageExt message : found) {
      out.line("body", new String(message.getBody(), StandardCharsets.UTF_8).split(" ")[0], "keys", message.getKeys(),
          "msgId", message.getMsgId(), "topic", message.getTopic());
    }
    producer.shutdown();
    out.done("found", found.size());
    return true;
  }

  private static List<MessageExt> find(DefaultMQProducer producer, Args args) throws Exception {
    String topic = args.text("topic");
    try {
      if (args.has("offset-id")) return one(producer.viewMessage(topic, args.text("offset-id")));
      if (args.has("unique")) return one(producer.viewMessage(topic, args.text("unique")));
      long begin = Long.parseLong(args.text("begin", "0"));
      long end = Long.parseLong(args.text("end", String.valueOf(Long.MAX_VALUE)));
      return producer.queryMessage(topic, args.text("key"), args.number("max", 64), begin, end).getMessageList();
    } catch (MQClientException none) {
      if (none.getMessage().contains("no message")) return new java.util.ArrayList<>();
      throw none;
    }
  }

  private static List<MessageExt> one(MessageExt message) {
    List<MessageExt> list = new java.util.ArrayList<>();
    if (message != null) list.add(message);
    return list;
  }
}
