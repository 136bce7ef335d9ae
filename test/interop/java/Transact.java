import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicInteger;
import org.apache.rocketmq.client.producer.LocalTransactionState;
import org.apache.rocketmq.client.producer.TransactionListener;
import org.apache.rocketmq.client.producer.TransactionMQProducer;
import org.apache.rocketmq.client.producer.TransactionSendResult;
import org.apache.rocketmq.common.message.Message;
import org.apache.rocketmq.common.message.MessageConst;
import org.apache.rocketmq.common.message.MessageExt;

/**
 * Sends in transactions: message n ends as the n-th word of {@code --local} says, in turn. Checks are answered with the
 * words of {@code --check}, the first check of a message with the first word; the last word stays. Ends when {@code --expect-checks}
 * checks were answered with commit or rollback, or on SIGTERM. With traces: {@code --traced yes}.
 */
final class Transact implements TransactionListener {
  private final Args args;
  private final Out out;
  private final String[] local;
  private final String[] check;
  private final AtomicInteger executed = new AtomicInteger();
  private final AtomicInteger decided = new AtomicInteger();
  private final Set<String> checked = ConcurrentHashMap.newKeySet();
  private volatile boolean stopped;

  private Transact(Args args, Out out) {
    this.args = args;
    this.out = out;
    local = args.text("local", "commit").split(",");
    check = args.text("check", "unknown").split(",");
  }

  static boolean run(Args args, Out out) throws Exception {
    return new Transact(args, out).send();
  }

  private boolean send() throws Exception {
    Signals.onTerm(() -> stopped = true);
    boolean traced = args.has("traced");
    TransactionMQProducer producer = new TransactionMQProducer(null, args.text("group"), null, traced, null);
    producer.setNamesrvAddr(args.text("namesrv"));
    producer.setInstanceName("judge-" + ProcessHandle.current().pid());
    producer.setPollNameServerInterval(1000);
    producer.setHeartbeatBrokerInterval(1000);
    producer.setSendMsgTimeout(10_000);
    producer.setMqClientApiTimeout(10_000);
    producer.setTransactionListener(this);
    producer.start();
    int count = args.number("count", 1);
    int sent = 0;
    out.event("ready", true);
    for (int n = 0; n < count; n++) {
      String id = args.text("prefix", "m") + "-" + n;
      Message message = new Message(args.text("topic"), Bodies.withId(id, args.number("size", 64)));
      message.setTags("t");
      message.setKeys(id);
      TransactionSendResult result = producer.sendMessageInTransaction(message, n);
      out.event("sent", id, "msgId", result.getMsgId(), "status", result.getSendStatus(), "state", result.getLocalTransactionState(),
          "hasTransactionId", result.getTransactionId() != null && result.getTransactionId().equals(result.getMsgId()));
      sent++;
    }
    long deadline = System.currentTimeMillis() + args.number("timeout-ms", 60_000);
    while (!stopped && decided.get() < args.number("expect-checks", 0) && System.currentTimeMillis() < deadline) Thread.sleep(20);
    producer.shutdown();
    out.done("sent", sent, "executed", executed.get(), "checkedMessages", checked.size(), "decidedByCheck", decided.get());
    return decided.get() >= args.number("expect-checks", 0);
  }

  @Override public LocalTransactionState executeLocalTransaction(Message message, Object n) {
    executed.incrementAndGet();
    return state(local[(Integer) n % local.length]);
  }

  @Override public LocalTransactionState checkLocalTransaction(MessageExt message) {
    int times = Integer.parseInt(message.getUserProperty(MessageConst.PROPERTY_TRANSACTION_CHECK_TIMES));
    LocalTransactionState state = state(check[Math.min(times, check.length) - 1]);
    String id = Bodies.idOf(message.getBody());
    checked.add(id);
    out.event("checked", id, "times", times, "topic", message.getTopic(), "keys", message.getKeys(), "state", state,
        "hasTransactionId", message.getMsgId().equals(message.getTransactionId()));
    if (state != LocalTransactionState.UNKNOW) decided.incrementAndGet();
    return state;
  }

  private static LocalTransactionState state(String word) {
    switch (word) {
      case "commit": return LocalTransactionState.COMMIT_MESSAGE;
      case "rollback": return LocalTransactionState.ROLLBACK_MESSAGE;
      case "throw": throw new IllegalStateException("as the test wants it");
      default: return LocalTransactionState.UNKNOW;
    }
  }
}
