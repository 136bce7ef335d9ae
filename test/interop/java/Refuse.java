import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import org.apache.rocketmq.client.consumer.DefaultMQPushConsumer;
import org.apache.rocketmq.client.consumer.listener.ConsumeConcurrentlyStatus;
import org.apache.rocketmq.client.consumer.listener.MessageListenerConcurrently;
import org.apache.rocketmq.common.message.MessageExt;

/**
 * A push consumer that refuses message {@code x-n} for {@code n % --modulo} deliveries, with {@code --level} as the wish for the
 * next one, and reports every delivery with its properties. Ends --idle-ms after the --expect-th delivery, or on SIGTERM.
 */
final class Refuse {
  private Refuse() {}

  static boolean run(Args args, Out out) throws Exception {
    java.util.concurrent.CountDownLatch asked = new java.util.concurrent.CountDownLatch(1);
    Signals.onTerm(asked::countDown);
    AtomicInteger deliveries = new AtomicInteger();
    DefaultMQPushConsumer consumer = Consumers.create(args);
    consumer.registerMessageListener((MessageListenerConcurrently) (messages, context) -> {
      context.setDelayLevelWhenNextConsume(args.number("level", 0));
      boolean refused = report(messages, args, out);
      deliveries.addAndGet(messages.size());
      return refused ? ConsumeConcurrentlyStatus.RECONSUME_LATER : ConsumeConcurrentlyStatus.CONSUME_SUCCESS;
    });
    consumer.start();
    out.event("ready", true);
    long deadline = System.nanoTime() + args.number("timeout-ms", 60_000) * 1_000_000L;
    int expected = args.number("expect", Integer.MAX_VALUE);
    while (System.nanoTime() < deadline && deliveries.get() < expected) {
      if (asked.await(20, TimeUnit.MILLISECONDS)) break;
    }
    asked.await(args.number("idle-ms", 1500), TimeUnit.MILLISECONDS);
    consumer.shutdown();
    out.done("deliveries", deliveries.get());
    return true;
  }

  private static boolean report(List<MessageExt> messages, Args args, Out out) {
    boolean refused = false;
    for (MessageExt message : messages) {
      String id = Bodies.idOf(message.getBody());
      int times = Integer.parseInt(id.substring(id.lastIndexOf('-') + 1)) % args.number("modulo", 1);
      boolean refuse = message.getReconsumeTimes() < times;
      refused |= refuse;
      out.line("id", id, "topic", message.getTopic(), "reconsumeTimes", message.getReconsumeTimes(), "tags",
          message.getTags(), "keys", message.getKeys(), "bornTimestamp", message.getBornTimestamp(), "storeTimestamp",
          message.getStoreTimestamp(), "refused", refuse ? true : null, "properties", message.getProperties());
    }
    return refused;
  }
}
