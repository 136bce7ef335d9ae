import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import org.apache.rocketmq.client.consumer.DefaultMQPushConsumer;
import org.apache.rocketmq.client.consumer.listener.ConsumeOrderlyStatus;
import org.apache.rocketmq.client.consumer.listener.MessageListenerOrderly;
import org.apache.rocketmq.common.message.MessageExt;

/**
 * A push consumer that keeps order and reports the begin and the end of every call, so that a test can judge the order even when
 * this process is killed in between. Bodies are {@code key:number}. With --fail-every N each Nth number of a key is refused at its
 * first delivery; with --fail-key K all of that key are refused for ever. Ends on SIGTERM or at --timeout-ms.
 */
final class ConsumeOrderly {
  private final Args args;
  private final Out out;

  private ConsumeOrderly(Args args, Out out) {
    this.args = args;
    this.out = out;
  }

  static boolean run(Args args, Out out) throws Exception {
    CountDownLatch asked = new CountDownLatch(1);
    Signals.onTerm(asked::countDown);
    ConsumeOrderly driver = new ConsumeOrderly(args, out);
    DefaultMQPushConsumer consumer = Consumers.create(args);
    consumer.setSuspendCurrentQueueTimeMillis(args.number("suspend-ms", 10));
    consumer.registerMessageListener((MessageListenerOrderly) (messages, context) -> driver.consume(messages));
    consumer.start();
    out.event("ready", true);
    boolean stopped = asked.await(args.number("timeout-ms", 120_000), TimeUnit.MILLISECONDS);
    consumer.shutdown();
    out.done("stoppedBySignal", stopped);
    return stopped;
  }

  private ConsumeOrderlyStatus consume(List<MessageExt> messages) {
    boolean good = true;
    for (MessageExt message : messages) good &= consume(message);
    return good ? ConsumeOrderlyStatus.SUCCESS : ConsumeOrderlyStatus.SUSPEND_CURRENT_QUEUE_A_MOMENT;
  }

  private boolean consume(MessageExt message) {
    String id = Bodies.idOf(message.getBody());
    String key = id.substring(0, id.indexOf(':'));
    int number = Integer.parseInt(id.substring(id.indexOf(':') + 1));
    int failEvery = args.number("fail-every", 0);
    boolean fails = failEvery > 0 && number % failEvery == failEvery - 1 && message.getReconsumeTimes() == 0;
    fails |= args.text("fail-key", "").equals(key);
    out.line("begin", id, "queueId", message.getQueueId(), "reconsumeTimes", message.getReconsumeTimes(),
        "at", System.currentTimeMillis());
    int workMs = args.number("work-ms", 0);
    if (workMs > 0) {
      try {
        Thread.sleep(workMs);
      } catch (InterruptedException interrupted) {
        Thread.currentThread().interrupt();
      }
    }
    out.line("end", id, "ok", !fails, "at", System.currentTimeMillis());
    return !fails;
  }
}
