/** SIGTERM as a request to end well. */
final class Signals {
  private static final long GRACE_MS = 30_000;

  private Signals() {}

  /** Runs the action on SIGTERM. The process then has 30 s: the main thread prints its summary and halts it. */
  static void onTerm(Runnable action) {
    Runtime.getRuntime().addShutdownHook(new Thread(() -> {
      action.run();
      try {
        Thread.sleep(GRACE_MS);
      } catch (InterruptedException interrupted) {
        Thread.currentThread().interrupt();
      }
    }));
  }
}
