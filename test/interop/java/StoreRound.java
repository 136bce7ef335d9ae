import java.util.ArrayList;
import java.util.List;
import java.util.TreeSet;
import org.apache.rocketmq.client.consumer.DefaultMQPullConsumer;
import org.apache.rocketmq.client.consumer.PullResult;
import org.apache.rocketmq.client.producer.DefaultMQProducer;
import org.apache.rocketmq.client.producer.LocalTransactionState;
import org.apache.rocketmq.client.producer.SendResult;
import org.apache.rocketmq.client.producer.TransactionListener;
import org.apache.rocketmq.client.producer.TransactionMQProducer;
import org.apache.rocketmq.common.message.Message;
import org.apache.rocketmq.common.message.MessageExt;
import org.apache.rocketmq.common.message.MessageQueue;

/**
 * Puts one message of every kind and {@code --count} plain ones into a store: topics Plain (keys, tags), Batch, Delayed (level 1 and one
 * of level 18), Trans (committed, rolled back, open), one given back to group G, and the group's offsets in Plain. Prints what was acknowledged.
 */
@SuppressWarnings("deprecation")
final class StoreRound implements TransactionListener {
  private final Args args;
  private final Out out;
  private final String prefix;

  private StoreRound(Args args, Out out) {
    this.args = args;
    this.out = out;
    prefix = args.text("prefix");
  }

  static boolean run(Args args, Out out) throws Exception {
    new StoreRound(args, out).all();
    return true;
  }

  private void all() throws Exception {
    out.event("ready", true);
    DefaultMQProducer producer = Producers.start(args);
    plain(producer);
    batch(producer);
    delayed(producer);
    producer.shutdown();
    transactions();
    group();
    out.done("round", prefix);
  }

  private void plain(DefaultMQProducer producer) throws Exception {
    int count = args.number("count", 100);
    for (int n = 0; n < count; n++) {
      String id = prefix + "-p" + n;
      Message message = new Message("Plain", Bodies.withId(id, args.number("size", 1000)));
      message.setKeys(id + " every");
      if (n % 3 > 0) message.setTags(n % 3 == 1 ? "a" : "b");
      message.putUserProperty("round", prefix);
      sent(id, "Plain", producer.send(message));
    }
  }

  private void sent(String id, String topic, SendResult result) {
    int queueId = result.getMessageQueue().getQueueId();
    out.event("sent", id, "topic", topic, "queueId", queueId, "queueOffset", result.getQueueOffset());
  }

  private void batch(DefaultMQProducer producer) throws Exception {
    List<Message> messages = new ArrayList<>();
    for (int n = 0; n < 5; n++) messages.add(new Message("Batch", Bodies.withId(prefix + "-b" + n, 200)));
    SendResult result = producer.send(messages);
    int queueId = result.getMessageQueue().getQueueId();
    for (int n = 0; n < 5; n++) {
      out.event("sent", prefix + "-b" + n, "topic", "Batch", "queueId", queueId, "queueOffset", result.getQueueOffset() + n);
    }
  }

  private void delayed(DefaultMQProducer producer) throws Exception {
    for (int n = 0; n < 3; n++) {
      String id = prefix + "-d" + n;
      Message message = new Message("Delayed", Bodies.withId(id, 300));
      message.setDelayTimeLevel(n < 2 ? 1 : 18);
      producer.send(message);
      out.event("later", id, "topic", "Delayed", "comes", n < 2);
    }
  }

  private void transactions() throws Exception {
    TransactionMQProducer producer = new TransactionMQProducer("T");
    producer.setNamesrvAddr(args.text("namesrv"));
    producer.setInstanceName("round-" + ProcessHandle.current().pid());
    producer.setTransactionListener(this);
    producer.start();
    for (String end : new String[] {"commit", "rollback", "open"}) {
      String id = prefix + "-t-" + end;
      producer.sendMessageInTransaction(new Message("Trans", Bodies.withId(id, 300)), end);
      out.event("later", id, "topic", "Trans", "comes", end.equals("commit"));
    }
    producer.shutdown();
  }

  @Override public LocalTransactionState executeLocalTransaction(Message message, Object end) {
    if (end.equals("commit")) return LocalTransactionState.COMMIT_MESSAGE;
    return end.equals("rollback") ? LocalTransactionState.ROLLBACK_MESSAGE : LocalTransactionState.UNKNOW;
  }

  @Override public LocalTransactionState checkLocalTransaction(MessageExt message) {
    return LocalTransactionState.UNKNOW;
  }

  /** Gives the last message of a queue back, and sets the group's offsets to the ends of the queues. */
  private void group() throws Exception {
    DefaultMQPullConsumer consumer = new DefaultMQPullConsumer("G");
    consumer.setNamesrvAddr(args.text("namesrv"));
    consumer.setInstanceName("round-" + ProcessHandle.current().pid());
    consumer.start();
    boolean givenBack = false;
    for (MessageQueue queue : new TreeSet<>(consumer.fetchSubscribeMessageQueues("Plain"))) {
      long max = consumer.maxOffset(queue);
      if (!givenBack && max > 0) {
        PullResult result = consumer.pull(queue, "*", max - 1, 1);
        MessageExt message = result.getMsgFoundList().get(0);
        consumer.sendMessageBack(message, 1, queue.getBrokerName(), "G");
        out.event("later", Bodies.idOf(message.getBody()), "topic", "%RETRY%G", "comes", true);
        givenBack = true;
      }
      consumer.getDefaultMQPullConsumerImpl().getOffsetStore().updateConsumeOffsetToBroker(queue, max, false);
      out.event("offset", max, "topic", "Plain", "queueId", queue.getQueueId());
    }
    consumer.shutdown();
  }
}
