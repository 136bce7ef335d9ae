import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.Semaphore;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicReference;
import org.apache.rocketmq.client.producer.DefaultMQProducer;
import org.apache.rocketmq.client.producer.SendCallback;
import org.apache.rocketmq.client.producer.SendResult;
import org.apache.rocketmq.client.producer.SendStatus;
import org.apache.rocketmq.common.message.Message;

/**
 * Sends messages whose bodies start with a unique id: {@code <prefix>-<n>}.
 * With --stream each acknowledged id is printed at once, so that a test knows what the broker promised.
 */
final class Produce {
  private final Args args;
  private final Out out;
  private final DefaultMQProducer producer;
  private final String topic;
  private final String prefix;
  private final int size;
  private final int shards;
  private final String[] tags;
  private final Latencies latencies = new Latencies();
  private final AtomicInteger ok = new AtomicInteger();
  private final AtomicInteger notStored = new AtomicInteger();
  private final AtomicInteger failed = new AtomicInteger();
  private final AtomicReference<String> firstError = new AtomicReference<>();
  private final Semaphore inFlight = new Semaphore(256);
  private volatile boolean stopped;

  private Produce(Args args, Out out) throws Exception {
    this.args = args;
    this.out = out;
    topic = args.text("topic");
    prefix = args.text("prefix", "m");
    size = args.number("size", 64);
    shards = args.number("shards", 0);
    tags = args.has("tags") ? args.text("tags").split(",") : args.has("tag") ? new String[] {args.text("tag")} : null;
    producer = Producers.start(args);
  }

  static boolean run(Args args, Out out) throws Exception {
    return new Produce(args, out).sendAll();
  }

  private boolean sendAll() throws Exception {
    int count = args.number("count", 1);
    int threads = args.number("threads", 1);
    int batch = args.number("batch", 1);
    AtomicInteger next = new AtomicInteger();
    CountDownLatch finished = new CountDownLatch(threads);
    Signals.onTerm(() -> stopped = true);
    out.event("ready", true);
    long start = System.nanoTime();
    for (int t = 0; t < threads; t++) {
      new Thread(() -> {
        for (int n = next.getAndAdd(batch); n < count && !stopped; n = next.getAndAdd(batch)) {
          sendFrom(n, Math.min(batch, count - n));
          pause();
        }
        finished.countDown();
      }, "send-" + t).start();
    }
    finished.await();
    inFlight.acquire(256);
    long elapsed = System.nanoTime() - start;
    if (args.has("oneway")) Thread.sleep(500);
    producer.shutdown();
    summary(elapsed);
    return failed.get() == 0 && (stopped || ok.get() == count);
  }

  private void sendFrom(int first, int count) {
    long start = System.nanoTime();
    try {
      if (args.has("batch")) {
        List<Message> messages = new ArrayList<>(count);
        for (int n = first; n < first + count; n++) messages.add(message(n));
        SendResult result = producer.send(messages);
        for (int n = first; n < first + count; n++) record(n, result, start);
      } else if (args.has("async")) {
        sendAsync(first, start);
      } else if (args.has("oneway")) {
        producer.sendOneway(message(first));
        ok.incrementAndGet();
      } else if (shards > 0) {
        record(first, producer.send(message(first),
            (queues, message, shard) -> queues.get((Integer) shard % queues.size()), first % shards), start);
      } else {
        record(first, producer.send(message(first)), start);
      }
    } catch (Exception failure) {
      for (int n = first; n < first + count; n++) recordFailure(n, failure);
    }
  }

  private void sendAsync(int n, long start) throws Exception {
    inFlight.acquire();
    try {
      producer.send(message(n), new SendCallback() {
        @Override public void onSuccess(SendResult result) {
          record(n, result, start);
          inFlight.release();
        }

        @Override public void onException(Throwable failure) {
          recordFailure(n, failure);
          inFlight.release();
        }
      });
    } catch (Exception failure) {
      inFlight.release();
      throw failure;
    }
  }

  private Message message(int n) {
    String id = shards > 0 ? prefix + "-s" + n % shards + "-" + n : prefix + "-" + n;
    Message message = new Message(topic, Bodies.withId(id, size));
    if (tags != null) message.setTags(tags[n % tags.length]);
    if (args.has("keys")) message.setKeys(args.text("keys") + n);
    if (args.has("delay-level")) message.setDelayTimeLevel(args.number("delay-level", 1));
    return message;
  }

  private void record(int n, SendResult result, long start) {
    latencies.add(System.nanoTime() - start);
    ok.incrementAndGet();
    if (result.getSendStatus() != SendStatus.SEND_OK) notStored.incrementAndGet();
    if (args.has("stream")) {
      out.line("sent", Bodies.idOf(message(n).getBody()), "status", result.getSendStatus(), "msgId", result.getMsgId(),
          "offsetMsgId", result.getOffsetMsgId(), "queueId", result.getMessageQueue().getQueueId(),
          "queueOffset", result.getQueueOffset());
    }
  }

  private void recordFailure(int n, Throwable failure) {
    failed.incrementAndGet();
    firstError.compareAndSet(null, failure.toString());
    if (args.has("stream")) out.line("failed", Bodies.idOf(message(n).getBody()), "error", failure.toString());
  }

  private void pause() {
    if (!args.has("pause-ms")) return;
    try {
      Thread.sleep(args.number("pause-ms", 0));
    } catch (InterruptedException interrupted) {
      stopped = true;
    }
  }

  private void summary(long elapsedNanos) {
    out.done("sent", ok.get(), "statusNotOk", notStored.get(), "failed", failed.get(), "elapsedMs", elapsedNanos / 1e6,
        "meanMs", latencies.meanMs(), "p50Ms", latencies.percentileMs(0.5), "p99Ms", latencies.percentileMs(0.99),
        "firstError", firstError.get());
  }
}
