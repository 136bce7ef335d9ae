import org.apache.rocketmq.client.producer.DefaultMQProducer;

/** Opens producers in one way for all drivers. */
final class Producers {
  private Producers() {}

  static DefaultMQProducer start(Args args) throws Exception {
    DefaultMQProducer producer = new DefaultMQProducer(args.text("group", "judge-producer"));
    producer.setNamesrvAddr(args.text("namesrv"));
    producer.setInstanceName("judge-" + ProcessHandle.current().pid() + "-" + System.nanoTime());
    producer.setDefaultTopicQueueNums(args.number("queues", 4));
    producer.setSendMsgTimeout(args.number("send-timeout-ms", 5000));
    producer.setPollNameServerInterval(args.number("poll-ms", 1000));
    producer.setRetryTimesWhenSendFailed(args.number("retries", 2));
    if (args.has("no-compress")) producer.setCompressMsgBodyOverHowmuch(Integer.MAX_VALUE);
    producer.start();
    return producer;
  }
}
