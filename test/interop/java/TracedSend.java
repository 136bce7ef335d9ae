import java.nio.charset.StandardCharsets;
import org.apache.rocketmq.client.producer.DefaultMQProducer;
import org.apache.rocketmq.client.producer.SendResult;
import org.apache.rocketmq.common.message.Message;

/** Sends a plain message with tag and keys, then a delayed one, with traces: --topic T --group G [--trace-topic X]. */
final class TracedSend {
  private TracedSend() {}

  static boolean run(Args args, Out out) throws Exception {
    DefaultMQProducer producer = new DefaultMQProducer(args.text("group"), true, args.text("trace-topic", null));
    producer.setNamesrvAddr(args.text("namesrv"));
    producer.setInstanceName("judge-" + ProcessHandle.current().pid());
    producer.setSendMsgTimeout(5000);
    producer.start();
    Message plain = new Message(args.text("topic"), "vip", "k1 k2", "größe".getBytes(StandardCharsets.UTF_8));
    report(out, "plain", producer.send(plain));
    Message delayed = new Message(args.text("topic"), "late".getBytes(StandardCharsets.UTF_8));
    delayed.setDelayTimeLevel(1);
    report(out, "delayed", producer.send(delayed));
    producer.shutdown();
    out.done("sent", 2);
    return true;
  }

  private static void report(Out out, String id, SendResult result) {
    out.line("id", id, "msgId", result.getMsgId(), "offsetMsgId", result.getOffsetMsgId());
  }
}
