import java.util.Map;
import java.util.TreeMap;
import org.apache.rocketmq.client.exception.MQBrokerException;
import org.apache.rocketmq.common.TopicConfig;
import org.apache.rocketmq.common.message.MessageQueue;
import org.apache.rocketmq.remoting.protocol.admin.ConsumeStats;
import org.apache.rocketmq.remoting.protocol.admin.OffsetWrapper;
import org.apache.rocketmq.remoting.protocol.admin.TopicOffset;
import org.apache.rocketmq.remoting.protocol.body.ClusterInfo;
import org.apache.rocketmq.remoting.protocol.route.BrokerData;
import org.apache.rocketmq.tools.admin.DefaultMQAdminExt;

/** What only the admin client can ask. */
public final class Admin {
  private Admin() {}

  /** Creates a topic on every broker: --topic T --queues N. */
  public static boolean createTopic(Args args, Out out) throws Exception {
    DefaultMQAdminExt admin = start(args);
    int queues = args.number("queues", 4);
    ClusterInfo cluster = admin.examineBrokerClusterInfo();
    for (BrokerData broker : cluster.getBrokerAddrTable().values()) {
      admin.createAndUpdateTopicConfig(broker.selectBrokerAddr(), new TopicConfig(args.text("topic"), queues, queues));
    }
    admin.shutdown();
    out.done("queues", queues);
    return true;
  }

  /** Prints each queue's min and max and, with --group, how far the group committed. */
  public static boolean offsets(Args args, Out out) throws Exception {
    DefaultMQAdminExt admin = start(args);
    String group = args.text("group", null);
    Map<MessageQueue, OffsetWrapper> progress = new TreeMap<>();
    if (group != null) progress.putAll(consumeStats(admin, group, args.text("topic")));
    long min = 0;
    long max = 0;
    long committed = 0;
    Map<MessageQueue, TopicOffset> queues = admin.examineTopicStats(args.text("topic")).getOffsetTable();
    for (Map.Entry<MessageQueue, TopicOffset> entry : new TreeMap<>(queues).entrySet()) {
      TopicOffset offsets = entry.getValue();
      OffsetWrapper consumed = progress.get(entry.getKey());
      out.line("broker", entry.getKey().getBrokerName(), "queueId", entry.getKey().getQueueId(),
          "min", offsets.getMinOffset(), "max", offsets.getMaxOffset(), "lastUpdate", offsets.getLastUpdateTimestamp(),
          "consumer", consumed == null ? null : consumed.getConsumerOffset());
      min += offsets.getMinOffset();
      max += offsets.getMaxOffset();
      committed += consumed == null ? 0 : consumed.getConsumerOffset();
    }
    admin.shutdown();
    out.done("queues", queues.size(), "min", min, "max", max, "consumer", group == null ? null : committed);
    return true;
  }

  private static Map<MessageQueue, OffsetWrapper> consumeStats(DefaultMQAdminExt admin, String group, String topic)
      throws Exception {
    try {
      ConsumeStats stats = admin.examineConsumeStats(group, topic);
      return stats.getOffsetTable();
    } catch (MQBrokerException notOnline) {
      return Map.of();
    }
  }

  private static DefaultMQAdminExt start(Args args) throws Exception {
    DefaultMQAdminExt admin = new DefaultMQAdminExt(10_000);
    admin.setNamesrvAddr(args.text("namesrv"));
    admin.setInstanceName("judge-admin-" + ProcessHandle.current().pid());
    admin.start();
    return admin;
  }
}
