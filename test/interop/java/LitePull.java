import org.apache.rocketmq.client.consumer.DefaultLitePullConsumer;
import org.apache.rocketmq.common.consumer.ConsumeFromWhere;
import org.apache.rocketmq.common.message.MessageExt;

/** A lite pull consumer in a group: polls until --expect, commits what it polled, and leaves. */
final class LitePull {
  private LitePull() {}

  static boolean run(Args args, Out out) throws Exception {
    Tally tally = new Tally(args, out);
    DefaultLitePullConsumer consumer = new DefaultLitePullConsumer(args.text("group"));
    consumer.setNamesrvAddr(args.text("namesrv"));
    consumer.setInstanceName("judge-" + ProcessHandle.current().pid());
    consumer.setPollNameServerInterval(1000);
    consumer.setConsumeFromWhere("last".equals(args.text("from", "first"))
        ? ConsumeFromWhere.CONSUME_FROM_LAST_OFFSET : ConsumeFromWhere.CONSUME_FROM_FIRST_OFFSET);
    consumer.subscribe(args.text("topic"), args.text("sub", "*"));
    consumer.start();
    out.event("ready", true);
    while (tally.goesOn()) for (MessageExt message : consumer.poll(200)) tally.add(message);
    consumer.commitSync();
    consumer.shutdown();
    return tally.end();
  }
}
