import java.util.List;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import org.apache.rocketmq.client.consumer.DefaultMQPushConsumer;
import org.apache.rocketmq.client.consumer.MessageSelector;
import org.apache.rocketmq.client.consumer.listener.ConsumeConcurrentlyStatus;
import org.apache.rocketmq.client.consumer.listener.MessageListenerConcurrently;
import org.apache.rocketmq.client.exception.MQClientException;
import org.apache.rocketmq.common.consumer.ConsumeFromWhere;
import org.apache.rocketmq.common.message.MessageExt;

/**
 * A push consumer with a filter: {@code --sql S}, and {@code --then S} once {@code --expect} different messages came. Ends on
 * SIGTERM, or at once when the filter is refused: {@code {"done":{"code":23,"remark":"..."}}}.
 */
final class ConsumeSql {
  private ConsumeSql() {}

  static boolean run(Args args, Out out) throws Exception {
    CountDownLatch asked = new CountDownLatch(1);
    CountDownLatch expected = new CountDownLatch(args.number("expect", Integer.MAX_VALUE));
    Set<String> seen = ConcurrentHashMap.newKeySet();
    Signals.onTerm(asked::countDown);
    DefaultMQPushConsumer consumer = new DefaultMQPushConsumer(args.text("group"));
    consumer.setNamesrvAddr(args.text("namesrv"));
    consumer.setInstanceName("judge-" + ProcessHandle.current().pid() + "-" + System.nanoTime());
    consumer.setConsumeFromWhere(ConsumeFromWhere.CONSUME_FROM_FIRST_OFFSET);
    consumer.subscribe(args.text("topic"), MessageSelector.bySql(args.text("sql")));
    consumer.registerMessageListener((MessageListenerConcurrently) (messages, context) -> {
      report(messages, seen, expected, out);
      return ConsumeConcurrentlyStatus.CONSUME_SUCCESS;
    });
    try {
      consumer.start();
    } catch (MQClientException refused) {
      out.done("code", refused.getResponseCode(), "remark", refused.getErrorMessage());
      return true;
    }
    out.event("ready", true);
    long deadline = System.nanoTime() + args.number("timeout-ms", 120_000) * 1_000_000L;
    boolean changed = !args.has("then");
    while (!asked.await(20, TimeUnit.MILLISECONDS) && System.nanoTime() < deadline) {
      if (changed || expected.getCount() > 0) continue;
      changed = true;
      consumer.subscribe(args.text("topic"), MessageSelector.bySql(args.text("then")));
      out.event("changed", true);
    }
    consumer.shutdown();
    out.done("unique", seen.size());
    return true;
  }

  private static void report(List<MessageExt> messages, Set<String> seen, CountDownLatch expected, Out out) {
    for (MessageExt message : messages) {
      String id = Bodies.idOf(message.getBody());
      if (seen.add(id)) expected.countDown();
      out.line("id", id, "queueId", message.getQueueId(), "queueOffset", message.getQueueOffset());
    }
  }
}
