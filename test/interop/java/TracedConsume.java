import java.nio.charset.StandardCharsets;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import org.apache.rocketmq.client.consumer.DefaultMQPushConsumer;
import org.apache.rocketmq.client.consumer.listener.ConsumeConcurrentlyStatus;
import org.apache.rocketmq.client.consumer.listener.MessageListenerConcurrently;
import org.apache.rocketmq.common.consumer.ConsumeFromWhere;
import org.apache.rocketmq.common.message.MessageExt;

/** Takes the message with a tag and throws at the other one, with traces: --topic T --group G [--trace-topic X]. */
final class TracedConsume {
  private TracedConsume() {}

  static boolean run(Args args, Out out) throws Exception {
    DefaultMQPushConsumer consumer =
        new DefaultMQPushConsumer(args.text("group"), true, args.text("trace-topic", null));
    consumer.setNamesrvAddr(args.text("namesrv"));
    consumer.setInstanceName("judge-" + ProcessHandle.current().pid());
    consumer.setConsumeFromWhere(ConsumeFromWhere.CONSUME_FROM_FIRST_OFFSET);
    consumer.subscribe(args.text("topic"), "*");
    CountDownLatch both = new CountDownLatch(2);
    consumer.registerMessageListener((MessageListenerConcurrently) (messages, context) -> {
      context.setDelayLevelWhenNextConsume(-1);
      MessageExt message = messages.get(0);
      out.line("body", new String(message.getBody(), StandardCharsets.UTF_8), "msgId", message.getMsgId());
      both.countDown();
      if (message.getTags() == null) throw new IllegalStateException("refused by the test");
      return ConsumeConcurrentlyStatus.CONSUME_SUCCESS;
    });
    consumer.start();
    boolean complete = both.await(60, TimeUnit.SECONDS);
    Thread.sleep(500);
    consumer.shutdown();
    out.done("complete", complete);
    return complete;
  }
}
