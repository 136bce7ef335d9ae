import java.util.HashMap;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicInteger;
import org.apache.rocketmq.client.producer.DefaultMQProducer;
import org.apache.rocketmq.client.producer.SendResult;
import org.apache.rocketmq.client.producer.SendStatus;
import org.apache.rocketmq.client.producer.selector.SelectMessageQueueByHash;
import org.apache.rocketmq.common.message.Message;

/** Sends numbered messages for a number of keys, those of a key one after the other to the queue that its hash chooses. */
final class ProduceKeyed {
  private ProduceKeyed() {}

  static boolean run(Args args, Out out) throws Exception {
    int keys = args.number("keys", 1);
    int perKey = args.number("count", keys) / keys;
    int threads = Math.min(args.number("threads", 4), keys);
    DefaultMQProducer producer = Producers.start(args);
    Map<String, Integer> queues = new ConcurrentHashMap<>();
    AtomicInteger sent = new AtomicInteger();
    AtomicInteger failed = new AtomicInteger();
    CountDownLatch finished = new CountDownLatch(threads);
    out.event("ready", true);
    for (int t = 0; t < threads; t++) {
      int first = t;
      new Thread(() -> {
        for (int number = 0; number < perKey; number++) {
          for (int k = first; k < keys; k += threads) {
            if (send(producer, args, "k" + k, number, queues)) sent.incrementAndGet();
            else failed.incrementAndGet();
          }
        }
        finished.countDown();
      }, "send-" + t).start();
    }
    finished.await();
    producer.shutdown();
    out.done("sent", sent.get(), "failed", failed.get(), "queues", new HashMap<>(queues));
    return failed.get() == 0;
  }

  private static boolean send(DefaultMQProducer producer, Args args, String key, int number, Map<String, Integer> queues) {
    try {
      Message message = new Message(args.text("topic"), Bodies.withId(key + ":" + number, args.number("size", 32)));
      SendResult result = producer.send(message, new SelectMessageQueueByHash(), key);
      queues.put(key, result.getMessageQueue().getQueueId());
      return result.getSendStatus() == SendStatus.SEND_OK;
    } catch (Exception failure) {
      failure.printStackTrace();
      return false;
    }
  }
}
