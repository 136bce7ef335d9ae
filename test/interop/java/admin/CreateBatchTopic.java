import java.util.Map;
import org.apache.rocketmq.common.TopicConfig;
import org.apache.rocketmq.remoting.protocol.route.BrokerData;
import org.apache.rocketmq.tools.admin.DefaultMQAdminExt;

/** Creates a topic whose queues store batches whole: --topic T --queues N. */
final class CreateBatchTopic {
  private CreateBatchTopic() {}

  static boolean run(Args args, Out out) throws Exception {
    DefaultMQAdminExt admin = new DefaultMQAdminExt(10_000);
    admin.setNamesrvAddr(args.text("namesrv"));
    admin.setInstanceName("judge-batch-topic-" + ProcessHandle.current().pid());
    admin.start();
    int queues = args.number("queues", 2);
    for (BrokerData broker : admin.examineBrokerClusterInfo().getBrokerAddrTable().values()) {
      TopicConfig topic = new TopicConfig(args.text("topic"), queues, queues);
      topic.setAttributes(Map.of("+queue.type", "BatchCQ"));
      admin.createAndUpdateTopicConfig(broker.selectBrokerAddr(), topic);
    }
    admin.shutdown();
    out.done("queues", queues);
    return true;
  }
}
