import java.util.TreeSet;
import org.apache.rocketmq.client.consumer.DefaultLitePullConsumer;
import org.apache.rocketmq.client.consumer.MessageSelector;
import org.apache.rocketmq.common.consumer.ConsumeFromWhere;
import org.apache.rocketmq.common.message.MessageExt;

/** A lite pull consumer with a filter: {@code --sql S --expect N}; ends when it has them and nothing more came for a while. */
final class LitePullSql {
  private LitePullSql() {}

  static boolean run(Args args, Out out) throws Exception {
    DefaultLitePullConsumer consumer = new DefaultLitePullConsumer(args.text("group"));
    consumer.setNamesrvAddr(args.text("namesrv"));
    consumer.setInstanceName("judge-" + ProcessHandle.current().pid());
    consumer.setConsumeFromWhere(ConsumeFromWhere.CONSUME_FROM_FIRST_OFFSET);
    consumer.subscribe(args.text("topic"), MessageSelector.bySql(args.text("sql")));
    consumer.start();
    out.event("ready", true);
    TreeSet<String> seen = new TreeSet<>();
    long deadline = System.nanoTime() + args.number("timeout-ms", 60_000) * 1_000_000L;
    int quiet = 0;
    while (System.nanoTime() < deadline && (seen.size() < args.number("expect", 1) || quiet < 2)) {
      quiet++;
      for (MessageExt message : consumer.poll(500)) {
        quiet = 0;
        seen.add(Bodies.idOf(message.getBody()));
      }
    }
    consumer.shutdown();
    out.done("ids", String.join(" ", seen));
    return true;
  }
}
