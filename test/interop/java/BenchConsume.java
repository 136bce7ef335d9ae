import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import org.apache.rocketmq.client.consumer.DefaultMQPushConsumer;
import org.apache.rocketmq.client.consumer.listener.ConsumeConcurrentlyStatus;
import org.apache.rocketmq.client.consumer.listener.MessageListenerConcurrently;

/**
 * Catch-up: one push consumer of a new group reads --count stored messages.
 * Timed from the first message to the last.
 */
final class BenchConsume {
  private BenchConsume() {}

  static boolean run(Args args, Out out) throws Exception {
    long count = args.number("count", 0);
    AtomicLong received = new AtomicLong();
    AtomicLong firstAt = new AtomicLong();
    AtomicLong lastAt = new AtomicLong();
    CountDownLatch all = new CountDownLatch(1);
    DefaultMQPushConsumer consumer = Consumers.create(args);
    consumer.registerMessageListener((MessageListenerConcurrently) (messages, context) -> {
      if (firstAt.get() == 0 && firstAt.compareAndSet(0, System.nanoTime())) out.event("mark", "begin");
      if (received.addAndGet(messages.size()) >= count && lastAt.compareAndSet(0, System.nanoTime())) {
        out.event("mark", "end");
        all.countDown();
      }
      return ConsumeConcurrentlyStatus.CONSUME_SUCCESS;
    });
    long start = System.nanoTime();
    consumer.start();
    boolean complete = all.await(args.number("timeout-ms", 120_000), TimeUnit.MILLISECONDS);
    long end = complete ? lastAt.get() : System.nanoTime();
    double seconds = (end - firstAt.get()) / 1e9;
    consumer.shutdown();
    out.done("received", received.get(), "complete", complete, "elapsedMs", seconds * 1000,
        "msgPerSecond", received.get() / seconds, "firstAfterMs", (firstAt.get() - start) / 1e6);
    return complete;
  }
}
