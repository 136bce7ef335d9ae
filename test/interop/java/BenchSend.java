/**
 * Synchronous senders at full speed: for --seconds after --warm-ms, or until --count messages are stored.
 * Prints {"mark":"begin"} and {"mark":"end"} around the measured time, so that the caller can read the server's CPU.
 */
final class BenchSend {
  private BenchSend() {}

  static boolean run(Args args, Out out) throws Exception {
    Load load = new Load(args, false);
    return args.has("count") ? untilStored(load, out) : forSeconds(load, args, out);
  }

  private static boolean forSeconds(Load load, Args args, Out out) throws Exception {
    load.start();
    Thread.sleep(args.number("warm-ms", 2000));
    long storedBefore = load.stored.sum();
    long start = System.nanoTime();
    Latencies latencies = load.measure();
    out.event("mark", "begin");
    Thread.sleep(args.number("seconds", 5) * 1000L);
    out.event("mark", "end");
    load.endMeasure();
    long stored = load.stored.sum() - storedBefore;
    double elapsed = (System.nanoTime() - start) / 1e9;
    load.stop();
    load.close();
    report(load, latencies, stored, elapsed, out);
    return stored > 0;
  }

  private static boolean untilStored(Load load, Out out) throws Exception {
    long start = System.nanoTime();
    Latencies latencies = load.measure();
    out.event("mark", "begin");
    load.start();
    load.await();
    out.event("mark", "end");
    load.close();
    report(load, latencies, load.stored.sum(), (System.nanoTime() - start) / 1e9, out);
    return load.failures.sum() == 0;
  }

  private static void report(Load load, Latencies latencies, long stored, double seconds, Out out) {
    out.done("stored", stored, "totalStored", load.stored.sum(), "failures", load.failures.sum(),
        "firstError", load.firstError(), "elapsedMs", seconds * 1000, "msgPerSecond", stored / seconds,
        "meanMs", latencies.meanMs(), "p50Ms", latencies.percentileMs(0.5), "p99Ms", latencies.percentileMs(0.99));
  }
}
