import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import org.apache.rocketmq.common.message.MessageExt;

/**
 * What a consumer received. It is complete when the expected number of different ids was seen and nothing more came for
 * --idle-ms, and over at --timeout-ms or on SIGTERM.
 */
final class Tally {
  private final Args args;
  private final Out out;
  private final Set<String> seen = ConcurrentHashMap.newKeySet();
  private final AtomicInteger received = new AtomicInteger();
  private final AtomicInteger duplicates = new AtomicInteger();
  private final CountDownLatch asked = new CountDownLatch(1);
  private final long deadline;
  private volatile long lastArrival = System.nanoTime();

  Tally(Args args, Out out) {
    this.args = args;
    this.out = out;
    deadline = System.nanoTime() + args.number("timeout-ms", 120_000) * 1_000_000L;
    Signals.onTerm(asked::countDown);
  }

  void add(MessageExt message) {
    String id = Bodies.idOf(message.getBody());
    received.incrementAndGet();
    if (!seen.add(id)) duplicates.incrementAndGet();
    lastArrival = System.nanoTime();
    out.line("id", id, "topic", message.getTopic(), "queueId", message.getQueueId(),
        "queueOffset", message.getQueueOffset(), "reconsumeTimes", message.getReconsumeTimes(), "tags", message.getTags());
  }

  boolean goesOn() {
    if (stopped() || System.nanoTime() > deadline) return false;
    long idleNanos = args.number("idle-ms", 1000) * 1_000_000L;
    return !complete() || System.nanoTime() - lastArrival < idleNanos;
  }

  void await() throws InterruptedException {
    while (goesOn()) asked.await(20, TimeUnit.MILLISECONDS);
  }

  boolean end() {
    out.done("received", received.get(), "unique", seen.size(), "duplicates", duplicates.get(), "complete", complete(),
        "stoppedBySignal", stopped());
    return complete() || stopped();
  }

  private boolean complete() {
    return seen.size() >= args.number("expect", Integer.MAX_VALUE);
  }

  private boolean stopped() {
    return asked.getCount() == 0;
  }
}
