/** Creates a topic on every broker: --topic T --queues N. */
final class CreateTopic {
  private CreateTopic() {}

  static boolean run(Args args, Out out) throws Exception {
    return Admin.createTopic(args, out);
  }
}
