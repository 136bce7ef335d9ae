import org.apache.rocketmq.client.consumer.DefaultMQPullConsumer;
import org.apache.rocketmq.client.consumer.PullResult;
import org.apache.rocketmq.client.consumer.PullStatus;
import org.apache.rocketmq.common.message.MessageExt;
import org.apache.rocketmq.common.message.MessageQueue;

/** Reads the light queues of --names from their beginning; --topic is one that the broker has, to find it by. */
@SuppressWarnings("deprecation")
final class LightPull {
  private LightPull() {}

  static boolean run(Args args, Out out) throws Exception {
    DefaultMQPullConsumer consumer = new DefaultMQPullConsumer(args.text("group", "judge-light-pull"));
    consumer.setNamesrvAddr(args.text("namesrv"));
    consumer.setInstanceName("judge-" + ProcessHandle.current().pid());
    consumer.start();
    MessageQueue known = consumer.fetchSubscribeMessageQueues(args.text("topic")).iterator().next();
    // Only now does the client learn the broker's address.
    consumer.maxOffset(known);
    String broker = known.getBrokerName();
    int total = 0;
    for (String name : args.text("names").split(",")) {
      MessageQueue queue = new MessageQueue(name, broker, 0);
      long offset = 0;
      while (true) {
        PullResult result = consumer.pull(queue, "*", offset, 32);
        if (result.getPullStatus() != PullStatus.FOUND) break;
        for (MessageExt message : result.getMsgFoundList()) {
          out.line("id", Bodies.idOf(message.getBody()), "queue", name);
          total++;
        }
        offset = result.getNextBeginOffset();
      }
      out.line("queue", name, "end", offset);
    }
    consumer.shutdown();
    out.done("received", total);
    return true;
  }
}
