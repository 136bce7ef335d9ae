import java.nio.charset.StandardCharsets;
import org.apache.rocketmq.client.exception.MQClientException;
import org.apache.rocketmq.client.producer.DefaultMQProducer;
import org.apache.rocketmq.client.trace.TraceBean;
import org.apache.rocketmq.client.trace.TraceContext;
import org.apache.rocketmq.client.trace.TraceDataEncoder;
import org.apache.rocketmq.common.message.MessageExt;

/** Prints what the traces tell of a message: --msg-id ID [--trace-topic X]. */
final class TraceRead {
  private TraceRead() {}

  static boolean run(Args args, Out out) throws Exception {
    DefaultMQProducer producer = Producers.start(args);
    String topic = args.text("trace-topic", "RMQ_SYS_TRACE_TOPIC");
    String id = args.text("msg-id");
    int records = 0;
    try {
      for (MessageExt message : producer.queryMessage(topic, id, 64, 0, Long.MAX_VALUE).getMessageList()) {
        String text = new String(message.getBody(), StandardCharsets.UTF_8);
        for (TraceContext context : TraceDataEncoder.decoderFromTraceDataString(text)) {
          if (!context.getTraceBeans().get(0).getMsgId().equals(id)) continue;
          print(context, context.getTraceBeans().get(0), out);
          records++;
        }
      }
    } catch (MQClientException none) {
      if (!none.getMessage().contains("no message")) throw none;
    }
    producer.shutdown();
    out.done("records", records);
    return true;
  }

  private static void print(TraceContext context, TraceBean bean, Out out) {
    switch (context.getTraceType()) {
      case Pub:
        out.line("type", "Pub", "regionId", context.getRegionId(), "group", context.getGroupName(), "topic",
            bean.getTopic(), "tag", text(bean.getTags()), "keys", text(bean.getKeys()), "storeHost", bean.getStoreHost(),
            "bodyBytes", bean.getBodyLength(), "kind", bean.getMsgType().ordinal(), "offsetMsgId", bean.getOffsetMsgId(),
            "success", context.isSuccess());
        break;
      case SubBefore:
        out.line("type", "SubBefore", "regionId", context.getRegionId(), "group", context.getGroupName(), "requestId",
            context.getRequestId(), "reconsumeTimes", bean.getRetryTimes(), "keys", text(bean.getKeys()));
        break;
      case SubAfter:
        out.line("type", "SubAfter", "requestId", context.getRequestId(), "success", context.isSuccess(), "keys",
            text(bean.getKeys()), "outcome", context.getContextCode());
        break;
      case EndTransaction:
        out.line("type", "EndTransaction", "regionId", context.getRegionId(), "group", context.getGroupName(), "topic",
            bean.getTopic(), "tag", text(bean.getTags()), "keys", text(bean.getKeys()), "storeHost", bean.getStoreHost(),
            "kind", bean.getMsgType().ordinal(), "hasTransactionId", bean.getMsgId().equals(bean.getTransactionId()), "end",
            bean.getTransactionState(), "fromCheck", bean.isFromTransactionCheck());
        break;
      default:
        out.line("type", context.getTraceType());
    }
  }

  private static String text(String field) {
    return "null".equals(field) ? null : field;
  }
}
