import java.util.TreeSet;
import org.apache.rocketmq.client.consumer.DefaultMQPullConsumer;
import org.apache.rocketmq.client.consumer.PullResult;
import org.apache.rocketmq.client.consumer.PullStatus;
import org.apache.rocketmq.common.message.MessageExt;
import org.apache.rocketmq.common.message.MessageQueue;

/** Reads every queue of a topic from its first to its last offset, without touching any group's progress. */
@SuppressWarnings("deprecation")
final class PullAll {
  private PullAll() {}

  static boolean run(Args args, Out out) throws Exception {
    DefaultMQPullConsumer consumer = new DefaultMQPullConsumer(args.text("group", "judge-pull-all"));
    consumer.setNamesrvAddr(args.text("namesrv"));
    consumer.setInstanceName("judge-" + ProcessHandle.current().pid());
    consumer.start();
    out.event("ready", true);
    int total = 0;
    for (MessageQueue queue : new TreeSet<>(consumer.fetchSubscribeMessageQueues(args.text("topic")))) {
      long min = consumer.minOffset(queue);
      long max = consumer.maxOffset(queue);
      total += readQueue(consumer, queue, min, max, args, out);
      out.line("queue", queue.getQueueId(), "broker", queue.getBrokerName(), "min", min, "max", max);
    }
    consumer.shutdown();
    out.done("received", total);
    return true;
  }

  private static int readQueue(
      DefaultMQPullConsumer consumer, MessageQueue queue, long min, long max, Args args, Out out) throws Exception {
    int count = 0;
    long offset = min;
    while (offset < max) {
      PullResult result = consumer.pull(queue, args.text("sub", "*"), offset, 32);
      if (result.getPullStatus() == PullStatus.FOUND) {
        for (MessageExt message : result.getMsgFoundList()) {
          count++;
          out.line("id", Bodies.idOf(message.getBody()), "topic", message.getTopic(), "queueId", message.getQueueId(),
              "queueOffset", message.getQueueOffset(), "reconsumeTimes", message.getReconsumeTimes(),
              "tags", message.getTags(), "keys", message.getKeys(), "msgId", message.getMsgId(),
              "bodyBytes", message.getBody().length,
              "properties", args.has("properties") ? message.getProperties() : null);
        }
      }
      if (result.getNextBeginOffset() <= offset) {
        String where = queue + " stands still at " + offset + " of " + max;
        throw new IllegalStateException(where + ": " + result.getPullStatus());
      }
      offset = result.getNextBeginOffset();
    }
    return count;
  }
}
