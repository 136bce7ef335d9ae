import java.util.ArrayList;
import java.util.List;
import java.util.TreeSet;
import org.apache.rocketmq.client.consumer.DefaultMQPullConsumer;
import org.apache.rocketmq.client.consumer.PullResult;
import org.apache.rocketmq.common.message.MessageExt;
import org.apache.rocketmq.common.message.MessageQueue;

/** Pulls one queue with at least two messages from many places, and says how each pull ended. */
@SuppressWarnings("deprecation")
final class PlainPull {
  private PlainPull() {}

  static boolean run(Args args, Out out) throws Exception {
    DefaultMQPullConsumer consumer = new DefaultMQPullConsumer(args.text("group"));
    consumer.setNamesrvAddr(args.text("namesrv"));
    consumer.setInstanceName("judge-" + ProcessHandle.current().pid());
    consumer.start();
    out.event("ready", true);
    MessageQueue queue = null;
    for (MessageQueue each : new TreeSet<>(consumer.fetchSubscribeMessageQueues(args.text("topic")))) {
      if (queue == null && consumer.maxOffset(each) >= 2) queue = each;
    }
    long max = consumer.maxOffset(queue);
    List<String> ends = new ArrayList<>();
    ends.add("all " + end(consumer.pull(queue, "*", 0, 32), max));
    ends.add("one " + end(consumer.pull(queue, "*", 1, 1), max));
    ends.add("tag " + end(consumer.pull(queue, "no-such-tag", 0, 32), max));
    ends.add("end " + end(consumer.pull(queue, "*", max, 32), max));
    ends.add("beyond " + end(consumer.pull(queue, "*", max + 7, 32), max));
    ends.add("never " + consumer.fetchConsumeOffset(queue, true));
    consumer.updateConsumeOffset(queue, 1);
    consumer.getDefaultMQPullConsumerImpl().getOffsetStore().persist(queue);
    Thread.sleep(500);
    ends.add("recorded " + consumer.fetchConsumeOffset(queue, true));
    ends.add("search " + consumer.searchOffset(queue, 0) + " " + (consumer.searchOffset(queue, System.currentTimeMillis() + 60_000) - max));
    MessageExt message = consumer.pull(queue, "*", 0, 1).getMsgFoundList().get(0);
    consumer.sendMessageBack(message, -1);
    MessageQueue dead = new MessageQueue("%DLQ%" + args.text("group"), queue.getBrokerName(), 0);
    consumer.fetchSubscribeMessageQueues(dead.getTopic());
    MessageExt buried = consumer.pullBlockIfNotFound(dead, "*", 0, 1).getMsgFoundList().get(0);
    ends.add("buried " + Bodies.idOf(buried.getBody()).equals(Bodies.idOf(message.getBody())) + " " + buried.getReconsumeTimes());
    consumer.shutdown();
    out.done("ends", String.join("; ", ends));
    return true;
  }

  private static String end(PullResult result, long max) {
    int found = result.getMsgFoundList() == null ? 0 : result.getMsgFoundList().size();
    return result.getPullStatus() + (found == max ? " all" : " " + found) + " next " + (result.getNextBeginOffset() == max ? "max" : result.getNextBeginOffset());
  }
}
