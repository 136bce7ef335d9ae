import org.apache.rocketmq.client.producer.DefaultMQProducer;
import org.apache.rocketmq.common.message.Message;

/**
 * Messages {@code m-<from>} ... with properties to filter by: {@code price} is the number, {@code shop} north or south,
 * every fifth has a {@code note}, and every tenth a price that is no number.
 */
final class ProducePriced {
  private ProducePriced() {}

  static boolean run(Args args, Out out) throws Exception {
    DefaultMQProducer producer = Producers.start(args);
    int from = args.number("from", 0);
    int count = args.number("count", 1);
    for (int n = from; n < from + count; n++) {
      Message message = new Message(args.text("topic"), n % 3 == 0 ? "third" : "other", Bodies.withId("m-" + n, 64));
      message.putUserProperty("price", n % 10 == 9 ? "many" : String.valueOf(n));
      message.putUserProperty("shop", n % 2 == 0 ? "north" : "south");
      if (n % 5 == 0) message.putUserProperty("note", "gift, it's no. " + n);
      producer.send(message);
    }
    producer.shutdown();
    out.done("sent", count);
    return true;
  }
}
