import java.util.Map;
import java.util.TreeMap;
import org.apache.rocketmq.common.message.MessageQueue;
import org.apache.rocketmq.tools.admin.DefaultMQAdminExt;

/** Moves a group in a topic to a time: --topic T --group G --time ms (-1: the end). */
final class ResetOffset {
  private ResetOffset() {}

  static boolean run(Args args, Out out) throws Exception {
    DefaultMQAdminExt admin = new DefaultMQAdminExt(10_000);
    admin.setNamesrvAddr(args.text("namesrv"));
    admin.setInstanceName("judge-admin-" + ProcessHandle.current().pid());
    admin.start();
    long time = Long.parseLong(args.text("time"));
    Map<MessageQueue, Long> moved =
        new TreeMap<>(admin.resetOffsetByTimestamp(args.text("topic"), args.text("group"), time, true));
    long sum = moved.values().stream().mapToLong(Long::longValue).sum();
    admin.shutdown();
    out.done("queues", moved.size(), "sum", sum);
    return true;
  }
}
