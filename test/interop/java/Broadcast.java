import org.apache.rocketmq.client.consumer.DefaultMQPushConsumer;
import org.apache.rocketmq.client.consumer.listener.ConsumeConcurrentlyStatus;
import org.apache.rocketmq.client.consumer.listener.MessageListenerConcurrently;
import org.apache.rocketmq.common.consumer.ConsumeFromWhere;

/** A broadcast consumer that keeps its offsets below --offsets under --client-ip and --instance. */
final class Broadcast {
  private Broadcast() {}

  static boolean run(Args args, Out out) throws Exception {
    System.setProperty("rocketmq.client.localOffsetStoreDir", args.text("offsets"));
    Tally tally = new Tally(args, out);
    DefaultMQPushConsumer consumer = new DefaultMQPushConsumer(args.text("group"));
    consumer.setNamesrvAddr(args.text("namesrv"));
    consumer.setClientIP(args.text("client-ip"));
    consumer.setInstanceName(args.text("instance"));
    broadcast(consumer);
    consumer.setConsumeFromWhere(ConsumeFromWhere.CONSUME_FROM_FIRST_OFFSET);
    consumer.subscribe(args.text("topic"), "*");
    int refused = args.number("refuse", -1);
    consumer.registerMessageListener((MessageListenerConcurrently) (messages, context) -> {
      messages.forEach(tally::add);
      boolean refuse = messages.stream().anyMatch(message -> Bodies.idOf(message.getBody()).endsWith("-" + refused));
      return refuse ? ConsumeConcurrentlyStatus.RECONSUME_LATER : ConsumeConcurrentlyStatus.CONSUME_SUCCESS;
    });
    consumer.start();
    out.event("ready", true);
    tally.await();
    consumer.shutdown();
    return tally.end();
  }

  /** The class of the models lies in another package in 4.9.4 than in 5.3.3. */
  @SuppressWarnings({"unchecked", "rawtypes"})
  private static void broadcast(DefaultMQPushConsumer consumer) throws ReflectiveOperationException {
    for (java.lang.reflect.Method method : DefaultMQPushConsumer.class.getMethods()) {
      if (!method.getName().equals("setMessageModel")) continue;
      method.invoke(consumer, Enum.valueOf((Class) method.getParameterTypes()[0], "BROADCASTING"));
    }
  }
}
