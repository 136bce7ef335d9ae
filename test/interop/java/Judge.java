import java.util.Arrays;

/**
 * Drives the official Java client from a test. Prints one JSON object per line; the last one is {@code {"done":{...}}}.
 * Exit code 0: the command did what it was asked; 1: it did not, and the last line has an "error".
 */
public final class Judge {
  private interface Command {
    boolean run(Args args, Out out) throws Exception;
  }

  public static void main(String[] argv) {
    if (argv.length == 0) {
      System.err.println("usage: Judge <command> --namesrv host:port --topic T ...");
      System.exit(2);
    }
    Args args = new Args(Arrays.copyOfRange(argv, 1, argv.length));
    Out out = new Out(args.has("stream"));
    int code = 1;
    try {
      code = command(argv[0]).run(args, out) ? 0 : 1;
    } catch (Throwable failure) {
      failure.printStackTrace();
      out.done("error", failure.toString());
    }
    out.flush();
    // halt, not exit: client threads may hang in their own shutdown, and a signal handler may wait for this thread.
    Runtime.getRuntime().halt(code);
  }

  private static Command command(String name) throws ReflectiveOperationException {
    switch (name) {
      case "produce": return Produce::run;
      case "consume": return Consume::run;
      case "pull-all": return PullAll::run;
      case "bench-send": return BenchSend::run;
      case "bench-consume": return BenchConsume::run;
      case "bench-both": return BenchBoth::run;
      case "create-topic": return admin("createTopic");
      case "offsets": return admin("offsets");
      default: throw new IllegalArgumentException("unknown command " + name);
    }
  }

  /** The admin client is on the class path of 5.3.3 only, so its driver is reached by name. */
  private static Command admin(String method) throws ReflectiveOperationException {
    java.lang.reflect.Method run = Class.forName("Admin").getMethod(method, Args.class, Out.class);
    return (args, out) -> (Boolean) run.invoke(null, args, out);
  }
}
