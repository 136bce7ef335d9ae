import java.util.List;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import org.apache.rocketmq.client.consumer.DefaultMQPushConsumer;
import org.apache.rocketmq.client.consumer.listener.ConsumeConcurrentlyStatus;
import org.apache.rocketmq.client.consumer.listener.ConsumeOrderlyStatus;
import org.apache.rocketmq.client.consumer.listener.MessageListenerConcurrently;
import org.apache.rocketmq.client.consumer.listener.MessageListenerOrderly;
import org.apache.rocketmq.common.message.MessageExt;

/**
 * A push consumer that reports every message. Ends when the expected number of different ids was seen and nothing
 * more came for --idle-ms, or at --timeout-ms, or on SIGTERM. With --stream each line leaves at once.
 */
final class Consume {
  private final Args args;
  private final Out out;
  private final Set<String> seen = ConcurrentHashMap.newKeySet();
  private final Set<String> refused = ConcurrentHashMap.newKeySet();
  private final AtomicInteger received = new AtomicInteger();
  private final AtomicInteger duplicates = new AtomicInteger();
  private final AtomicInteger failuresLeft;
  private final CountDownLatch asked = new CountDownLatch(1);
  private volatile long lastArrival = System.nanoTime();

  private Consume(Args args, Out out) {
    this.args = args;
    this.out = out;
    failuresLeft = new AtomicInteger(args.number("fail-first", 0));
  }

  static boolean run(Args args, Out out) throws Exception {
    return new Consume(args, out).consume();
  }

  private boolean consume() throws Exception {
    Signals.onTerm(asked::countDown);
    DefaultMQPushConsumer consumer = Consumers.create(args);
    if (args.has("orderly")) {
      consumer.registerMessageListener((MessageListenerOrderly) (messages, context) ->
          accept(messages) ? ConsumeOrderlyStatus.SUCCESS : ConsumeOrderlyStatus.SUSPEND_CURRENT_QUEUE_A_MOMENT);
    } else {
      consumer.registerMessageListener((MessageListenerConcurrently) (messages, context) ->
          accept(messages) ? ConsumeConcurrentlyStatus.CONSUME_SUCCESS : ConsumeConcurrentlyStatus.RECONSUME_LATER);
    }
    consumer.start();
    out.event("ready", true);
    boolean complete = waitForEnd();
    consumer.shutdown();
    out.done("received", received.get(), "unique", seen.size(), "duplicates", duplicates.get(),
        "refused", refused.size(), "complete", complete, "stoppedBySignal", asked.getCount() == 0);
    return complete || asked.getCount() == 0;
  }

  /** One listener call. False asks the broker for another delivery. */
  private boolean accept(List<MessageExt> messages) {
    sleep(args.number("work-ms", 0));
    boolean accepted = true;
    for (MessageExt message : messages) {
      String id = Bodies.idOf(message.getBody());
      boolean refuse = message.getReconsumeTimes() < args.number("fail-times", 1)
          && (refused.contains(id) || failuresLeft.getAndUpdate(n -> Math.max(n - 1, 0)) > 0);
      received.incrementAndGet();
      if (refuse) {
        refused.add(id);
        accepted = false;
      } else if (!seen.add(id)) {
        duplicates.incrementAndGet();
      }
      lastArrival = System.nanoTime();
      print(message, id, refuse);
    }
    return accepted;
  }

  private void print(MessageExt message, String id, boolean refuse) {
    if (args.has("silent")) return;
    out.line("id", id, "topic", message.getTopic(), "queueId", message.getQueueId(),
        "queueOffset", message.getQueueOffset(), "reconsumeTimes", message.getReconsumeTimes(),
        "tags", message.getTags(), "keys", message.getKeys(), "msgId", message.getMsgId(),
        "bornTimestamp", message.getBornTimestamp(), "storeTimestamp", message.getStoreTimestamp(),
        "at", System.currentTimeMillis(), "bodyBytes", message.getBody().length, "refused", refuse ? true : null,
        "properties", args.has("properties") ? message.getProperties() : null);
  }

  private boolean waitForEnd() throws InterruptedException {
    int expected = args.number("expect", Integer.MAX_VALUE);
    long idleNanos = args.number("idle-ms", 1000) * 1_000_000L;
    long deadline = System.nanoTime() + args.number("timeout-ms", 120_000) * 1_000_000L;
    while (System.nanoTime() < deadline) {
      if (asked.await(20, TimeUnit.MILLISECONDS)) return seen.size() >= expected;
      if (seen.size() >= expected && System.nanoTime() - lastArrival >= idleNanos) return true;
    }
    return seen.size() >= expected;
  }

  private static void sleep(int ms) {
    if (ms == 0) return;
    try {
      Thread.sleep(ms);
    } catch (InterruptedException interrupted) {
      Thread.currentThread().interrupt();
    }
  }
}
