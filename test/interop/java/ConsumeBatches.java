import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicInteger;
import org.apache.rocketmq.client.consumer.DefaultMQPushConsumer;
import org.apache.rocketmq.client.consumer.listener.ConsumeConcurrentlyStatus;
import org.apache.rocketmq.client.consumer.listener.MessageListenerConcurrently;
import org.apache.rocketmq.common.message.MessageExt;

/**
 * Takes up to --consume-batch messages a call. Of a call that has a message whose number is divisible by --bad, on its first
 * delivery, only those before it are acknowledged. Ends when --expect different ids are acknowledged.
 */
final class ConsumeBatches {
  private ConsumeBatches() {}

  static boolean run(Args args, Out out) throws Exception {
    int bad = args.number("bad", 7);
    int expected = args.number("expect", 1);
    Map<String, Integer> acknowledged = new ConcurrentHashMap<>();
    Map<String, Integer> refused = new ConcurrentHashMap<>();
    AtomicInteger largest = new AtomicInteger();
    DefaultMQPushConsumer consumer = Consumers.create(args);
    consumer.registerMessageListener((MessageListenerConcurrently) (messages, context) -> {
      largest.accumulateAndGet(messages.size(), Math::max);
      context.setDelayLevelWhenNextConsume(1);
      for (int at = 0; at < messages.size(); at++) {
        MessageExt message = messages.get(at);
        String id = Bodies.idOf(message.getBody());
        boolean isBad = message.getReconsumeTimes() == 0 && Integer.parseInt(id.substring(id.lastIndexOf('-') + 1)) % bad == 0;
        if (isBad) {
          refused.merge(id, 1, Integer::sum);
          context.setAckIndex(at - 1);
          break;
        }
        acknowledged.merge(id, 1, Integer::sum);
      }
      return ConsumeConcurrentlyStatus.CONSUME_SUCCESS;
    });
    consumer.start();
    out.event("ready", true);
    long deadline = System.nanoTime() + 60_000_000_000L;
    while (acknowledged.size() < expected && System.nanoTime() < deadline) Thread.sleep(20);
    consumer.shutdown();
    out.done("acknowledged", acknowledged.size(), "twice", acknowledged.values().stream().filter(n -> n > 1).count(),
        "refused", refused.size(), "largest", largest.get());
    return acknowledged.size() >= expected;
  }
}
