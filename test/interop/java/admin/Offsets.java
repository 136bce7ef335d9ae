/** Prints each queue's min and max and, with --group, how far the group committed. */
final class Offsets {
  private Offsets() {}

  static boolean run(Args args, Out out) throws Exception {
    return Admin.offsets(args, out);
  }
}
