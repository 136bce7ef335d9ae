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

  /** {@code pull-all} is {@code PullAll.run}: a command is a class of its own, so that a new one touches no other. */
  private static Command command(String name) throws ReflectiveOperationException {
    StringBuilder className = new StringBuilder();
    for (String word : name.split("-")) className.append(Character.toUpperCase(word.charAt(0))).append(word.substring(1));
    java.lang.reflect.Method run = Class.forName(className.toString()).getDeclaredMethod("run", Args.class, Out.class);
    run.setAccessible(true);
    return (args, out) -> {
      try {
        return (Boolean) run.invoke(null, args, out);
      } catch (java.lang.reflect.InvocationTargetException thrown) {
        if (thrown.getCause() instanceof Exception) throw (Exception) thrown.getCause();
        throw thrown;
      }
    };
  }
}
