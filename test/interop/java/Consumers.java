import org.apache.rocketmq.client.consumer.DefaultMQPushConsumer;
import org.apache.rocketmq.common.consumer.ConsumeFromWhere;

/** Configures push consumers in one way for all drivers; the caller registers its listener and starts it. */
final class Consumers {
  private Consumers() {}

  static DefaultMQPushConsumer create(Args args) throws Exception {
    DefaultMQPushConsumer consumer = new DefaultMQPushConsumer(args.text("group", "judge-consumer"));
    consumer.setNamesrvAddr(args.text("namesrv"));
    consumer.setInstanceName("judge-" + ProcessHandle.current().pid() + "-" + System.nanoTime());
    // The first answer finds a driver that still loads classes; on a busy machine the 3 s of the client are over by then.
    consumer.setMqClientApiTimeout(10_000);
    consumer.setPollNameServerInterval(args.number("poll-ms", 1000));
    consumer.setPersistConsumerOffsetInterval(args.number("persist-ms", 1000));
    consumer.setConsumeFromWhere("last".equals(args.text("from", "first"))
        ? ConsumeFromWhere.CONSUME_FROM_LAST_OFFSET : ConsumeFromWhere.CONSUME_FROM_FIRST_OFFSET);
    int threads = args.number("consume-threads", args.number("threads", 20));
    consumer.setConsumeThreadMin(threads);
    consumer.setConsumeThreadMax(threads);
    consumer.setPullBatchSize(args.number("pull-batch", 32));
    consumer.setConsumeMessageBatchMaxSize(args.number("consume-batch", 1));
    if (args.has("max-reconsume")) consumer.setMaxReconsumeTimes(args.number("max-reconsume", 16));
    consumer.subscribe(args.text("topic"), args.text("sub", "*"));
    return consumer;
  }
}
