import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import org.apache.rocketmq.client.consumer.DefaultMQPushConsumer;
import org.apache.rocketmq.client.consumer.listener.ConsumeConcurrentlyStatus;
import org.apache.rocketmq.client.consumer.listener.MessageListenerConcurrently;
import org.apache.rocketmq.common.message.MessageExt;

/** Receives --expect messages and prints, for each, key, length and checksum of the body, and how it was compressed. */
final class ReceiveBodies {
  private ReceiveBodies() {}

  static boolean run(Args args, Out out) throws Exception {
    CountDownLatch missing = new CountDownLatch(args.number("expect", 1));
    DefaultMQPushConsumer consumer = Consumers.create(args);
    consumer.registerMessageListener((MessageListenerConcurrently) (messages, context) -> {
      for (MessageExt message : messages) {
        out.line("id", message.getKeys(), "bytes", message.getBody().length, "crc", SendBodies.crc(message.getBody()),
            "compression", message.getSysFlag() >> 8 & 7);
        missing.countDown();
      }
      return ConsumeConcurrentlyStatus.CONSUME_SUCCESS;
    });
    consumer.start();
    out.event("ready", true);
    boolean complete = missing.await(60, TimeUnit.SECONDS);
    consumer.shutdown();
    out.done("complete", complete);
    return complete;
  }
}
