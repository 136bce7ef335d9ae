import java.util.zip.CRC32;
import org.apache.rocketmq.client.producer.DefaultMQProducer;
import org.apache.rocketmq.common.message.Message;

/**
 * Sends bodies of --sizes a,b,c with the key {@code <prefix>-<size>}. How they are compressed is the client's system property
 * {@code rocketmq.message.compressType}.
 */
final class SendBodies {
  private SendBodies() {}

  static boolean run(Args args, Out out) throws Exception {
    DefaultMQProducer producer = Producers.start(args);
    int sent = 0;
    for (String size : args.text("sizes").split(",")) {
      Message message = new Message(args.text("topic"), bodyOf(Integer.parseInt(size)));
      message.setKeys(args.text("prefix") + "-" + size);
      producer.send(message);
      sent++;
    }
    producer.shutdown();
    out.done("sent", sent);
    return true;
  }

  /** The same bytes as in the TypeScript driver of this name. */
  private static byte[] bodyOf(int size) {
    byte[] body = new byte[size];
    for (int i = 0; i < size; i++) body[i] = (byte) (32 + (i * 31 + i / 97) % 64);
    return body;
  }

  static long crc(byte[] body) {
    CRC32 crc = new CRC32();
    crc.update(body);
    return crc.getValue();
  }
}
