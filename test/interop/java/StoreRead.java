import java.util.List;
import java.util.TreeSet;
import org.apache.rocketmq.client.consumer.DefaultMQPullConsumer;
import org.apache.rocketmq.client.consumer.PullResult;
import org.apache.rocketmq.client.consumer.PullStatus;
import org.apache.rocketmq.client.exception.MQClientException;
import org.apache.rocketmq.common.message.MessageExt;
import org.apache.rocketmq.common.message.MessageQueue;

/**
 * Reads all that {@code store-round} put into a store: every queue of {@code --topics} from its first to its last offset, until there are
 * {@code --counts} different messages in each, the messages of Plain with {@code --keys}, and the offsets of group G in Plain.
 */
@SuppressWarnings("deprecation")
final class StoreRead {
  private static final long WAIT_MS = 30_000;

  private StoreRead() {}

  static boolean run(Args args, Out out) throws Exception {
    DefaultMQPullConsumer consumer = new DefaultMQPullConsumer("G");
    consumer.setNamesrvAddr(args.text("namesrv"));
    consumer.setInstanceName("read-" + ProcessHandle.current().pid());
    consumer.start();
    out.event("ready", true);
    String[] topics = args.text("topics").split(",");
    String[] counts = args.text("counts").split(",");
    int total = 0;
    for (int n = 0; n < topics.length; n++) total += topic(consumer, topics[n], Integer.parseInt(counts[n]), out);
    for (String key : args.text("keys").split(",")) {
      out.line("key", key, "found", find(consumer, key));
    }
    for (MessageQueue queue : new TreeSet<>(consumer.fetchSubscribeMessageQueues("Plain"))) {
      out.line("offset", consumer.fetchConsumeOffset(queue, true), "topic", "Plain", "queueId", queue.getQueueId());
    }
    consumer.shutdown();
    out.done("received", total);
    return true;
  }

  private static int find(DefaultMQPullConsumer consumer, String key) throws Exception {
    try {
      return consumer.queryMessage("Plain", key, 64, 0, Long.MAX_VALUE).getMessageList().size();
    } catch (MQClientException none) {
      if (none.getMessage().contains("no message")) return 0;
      throw none;
    }
  }

  /** Reads on at the ends of the queues until there is enough: what is delayed or given back comes later. */
  private static int topic(DefaultMQPullConsumer consumer, String topic, int wanted, Out out) throws Exception {
    java.util.Map<MessageQueue, Long> next = new java.util.TreeMap<>();
    java.util.Set<String> seen = new java.util.HashSet<>();
    int count = 0;
    long deadline = System.currentTimeMillis() + WAIT_MS;
    do {
      for (MessageQueue queue : consumer.fetchSubscribeMessageQueues(topic)) {
        long from = next.containsKey(queue) ? next.get(queue) : consumer.minOffset(queue);
        long max = consumer.maxOffset(queue);
        while (from < max) {
          PullResult result = consumer.pull(queue, "*", from, 32);
          List<MessageExt> found = result.getPullStatus() == PullStatus.FOUND ? result.getMsgFoundList() : List.of();
          for (MessageExt message : found) {
            count++;
            seen.add(Bodies.idOf(message.getBody()));
            out.line("id", Bodies.idOf(message.getBody()), "topic", topic, "queueId", queue.getQueueId(),
                "queueOffset", message.getQueueOffset(), "tags", message.getTags(), "keys", message.getKeys(),
                "bodyBytes", message.getBody().length, "round", message.getUserProperty("round"));
          }
          if (result.getNextBeginOffset() <= from) {
            throw new IllegalStateException(queue + " stands still at " + from + " of " + max + ": " + result.getPullStatus());
          }
          from = result.getNextBeginOffset();
        }
        next.put(queue, from);
      }
      if (seen.size() < wanted) Thread.sleep(100);
    } while (seen.size() < wanted && System.currentTimeMillis() < deadline);
    return count;
  }
}
