import java.util.concurrent.atomic.AtomicReference;
import java.util.concurrent.atomic.LongAdder;
import org.apache.rocketmq.client.consumer.DefaultMQPushConsumer;
import org.apache.rocketmq.client.consumer.listener.ConsumeConcurrentlyStatus;
import org.apache.rocketmq.client.consumer.listener.MessageListenerConcurrently;
import org.apache.rocketmq.common.message.MessageExt;

/**
 * Senders and one live push consumer in one process, at full speed or at --rate messages a second.
 * Received are only messages that were sent within the measured time: a backlog from before never counts as speed.
 * End-to-end time runs from the send call to the listener call.
 */
final class BenchBoth {
  private BenchBoth() {}

  static boolean run(Args args, Out out) throws Exception {
    LongAdder received = new LongAdder();
    AtomicReference<Window> window = new AtomicReference<>();
    DefaultMQPushConsumer consumer = Consumers.create(args);
    consumer.registerMessageListener((MessageListenerConcurrently) (messages, context) -> {
      long now = System.nanoTime();
      received.add(messages.size());
      Window open = window.get();
      if (open != null) for (MessageExt message : messages) open.arrived(Stamp.read(message.getBody()), now);
      return ConsumeConcurrentlyStatus.CONSUME_SUCCESS;
    });
    Load load = new Load(args, true);
    load.prime();
    consumer.start();
    waitForFirst(received, args.number("timeout-ms", 30_000));
    load.start();
    Thread.sleep(args.number("warm-ms", 2000));

    long sentBefore = load.stored.sum();
    long backlog = sentBefore - received.sum();
    long start = System.nanoTime();
    Latencies sends = load.measure();
    Latencies arrivals = new Latencies();
    window.set(new Window(start, arrivals));
    out.event("mark", "begin");
    Thread.sleep(args.number("seconds", 5) * 1000L);
    out.event("mark", "end");
    window.set(null);
    load.endMeasure();
    long sent = load.stored.sum() - sentBefore;
    long got = arrivals.count();
    double seconds = (System.nanoTime() - start) / 1e9;

    load.stop();
    long drainDeadline = System.nanoTime() + 10_000_000_000L;
    while (received.sum() < load.stored.sum() && System.nanoTime() < drainDeadline) Thread.sleep(20);
    load.close();
    consumer.shutdown();
    out.done("sent", sent, "received", got, "sentPerSecond", sent / seconds, "receivedPerSecond", got / seconds,
        "failures", load.failures.sum(), "firstError", load.firstError(), "totalSent", load.stored.sum(),
        "totalReceived", received.sum(), "backlogAtBegin", backlog,
        "sendMeanMs", sends.meanMs(), "sendP99Ms", sends.percentileMs(0.99),
        "endToEndMeanMs", arrivals.meanMs(), "endToEndP50Ms", arrivals.percentileMs(0.5),
        "endToEndP99Ms", arrivals.percentileMs(0.99));
    return sent > 0 && got > 0 && received.sum() >= load.stored.sum();
  }

  private static final class Window {
    private final long start;
    private final Latencies latencies;

    Window(long start, Latencies latencies) {
      this.start = start;
      this.latencies = latencies;
    }

    void arrived(long sentAt, long now) {
      if (sentAt - start >= 0) latencies.add(now - sentAt);
    }
  }

  private static void waitForFirst(LongAdder received, int timeoutMs) throws InterruptedException {
    long deadline = System.nanoTime() + timeoutMs * 1_000_000L;
    while (received.sum() == 0) {
      if (System.nanoTime() > deadline) throw new IllegalStateException("no message reached the consumer");
      Thread.sleep(5);
    }
  }
}
