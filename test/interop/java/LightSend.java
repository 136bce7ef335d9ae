import org.apache.rocketmq.client.producer.DefaultMQProducer;
import org.apache.rocketmq.client.producer.SendResult;
import org.apache.rocketmq.client.producer.SendStatus;
import org.apache.rocketmq.common.message.Message;
import org.apache.rocketmq.common.message.MessageAccessor;

/** Sends --count messages, number n with tag a or b by turns, each to all light queues of --names. */
final class LightSend {
  private LightSend() {}

  static boolean run(Args args, Out out) throws Exception {
    DefaultMQProducer producer = Producers.start(args);
    String prefix = args.text("prefix", "m");
    int count = args.number("count", 1);
    int sent = 0;
    for (int n = 0; n < count; n++) {
      byte[] body = (prefix + "-" + n).getBytes(java.nio.charset.StandardCharsets.UTF_8);
      Message message = new Message(args.text("topic"), n % 2 == 0 ? "a" : "b", body);
      MessageAccessor.putProperty(message, "INNER_MULTI_DISPATCH", args.text("names"));
      SendResult result = producer.send(message);
      if (result.getSendStatus() == SendStatus.SEND_OK) sent++;
    }
    producer.shutdown();
    out.done("sent", sent);
    return sent == count;
  }
}
