import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.atomic.LongAdder;
import java.util.concurrent.locks.LockSupport;
import org.apache.rocketmq.client.producer.DefaultMQProducer;
import org.apache.rocketmq.common.message.Message;

/**
 * Threads that send synchronously until told to stop, at full speed or at a fixed rate.
 * Calls are measured only while a window is set, which is how warm-up is kept out.
 */
final class Load {
  private final DefaultMQProducer producer;
  private final String topic;
  private final byte[][] bodies;
  private final int threads;
  private final int batch;
  private final long limit;
  private final boolean stamped;
  private final long gapNanos;
  private final AtomicLong begun = new AtomicLong();
  private final CountDownLatch finished;
  final LongAdder stored = new LongAdder();
  final LongAdder failures = new LongAdder();
  private volatile String firstError;
  private volatile Latencies window;
  private volatile boolean stopped;

  /** @param stamped write the time of the send call into the first 8 bytes of each body (a fresh array each) */
  Load(Args args, boolean stamped) throws Exception {
    this.stamped = stamped;
    topic = args.text("topic");
    threads = args.number("threads", 64);
    batch = args.number("batch", 1);
    limit = args.number("count", Integer.MAX_VALUE);
    gapNanos = args.has("rate") ? 1_000_000_000L * threads / args.number("rate", 1000) : 0;
    bodies = Bodies.pool(args.number("size", 1024), args.has("random-body"));
    finished = new CountDownLatch(threads);
    producer = Producers.start(args);
  }

  /**
   * Sends one message, which creates the topic: a consumer that starts before its topic exists waits for its next
   * periodic rebalance, 20 s later, and would then read a backlog instead of living with the senders.
   */
  void prime() throws Exception {
    producer.send(new Message(topic, Stamp.write(bodies[0].clone(), 0)));
    stored.increment();
  }

  void start() {
    for (int t = 0; t < threads; t++) {
      int first = t;
      new Thread(() -> sendAll(first), "send-" + t).start();
    }
  }

  /** Starts a new measurement and returns its histogram. */
  Latencies measure() {
    window = new Latencies();
    return window;
  }

  void endMeasure() {
    window = null;
  }

  /** Waits until all threads are done: after --count messages, or after {@link #stop}. */
  void await() throws InterruptedException {
    finished.await();
  }

  void stop() throws InterruptedException {
    stopped = true;
    finished.await();
  }

  void close() {
    producer.shutdown();
  }

  String firstError() {
    return firstError;
  }

  private void sendAll(int first) {
    int n = first;
    long due = System.nanoTime() + gapNanos * first / threads;
    while (!stopped && begun.getAndAdd(batch) < limit) {
      if (gapNanos > 0) {
        due += gapNanos;
        for (long left = due - System.nanoTime(); left > 0; left = due - System.nanoTime()) LockSupport.parkNanos(left);
      }
      Latencies latencies = window;
      long start = System.nanoTime();
      try {
        send(n++);
        stored.add(batch);
        if (latencies != null) latencies.add(System.nanoTime() - start);
      } catch (Exception failure) {
        failures.add(batch);
        if (firstError == null) firstError = failure.toString();
      }
    }
    finished.countDown();
  }

  private void send(int n) throws Exception {
    if (batch == 1) {
      producer.send(new Message(topic, body(n)));
      return;
    }
    List<Message> messages = new ArrayList<>(batch);
    for (int i = 0; i < batch; i++) messages.add(new Message(topic, body(n + i)));
    producer.send(messages);
  }

  private byte[] body(int n) {
    byte[] body = bodies[n % bodies.length];
    return stamped ? Stamp.write(body.clone(), System.nanoTime()) : body;
  }
}
