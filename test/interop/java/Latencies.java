import java.util.concurrent.atomic.AtomicLongArray;
import java.util.concurrent.atomic.LongAdder;

/** Histogram of nanoseconds with buckets 1/64 of their power of two wide: percentiles are exact to under 2 %. */
final class Latencies {
  private static final int SUB_BITS = 6;
  private static final int SUB = 1 << SUB_BITS;
  private final AtomicLongArray buckets = new AtomicLongArray(64 * SUB);
  private final LongAdder count = new LongAdder();
  private final LongAdder total = new LongAdder();

  void add(long nanos) {
    long value = Math.max(nanos, 0);
    buckets.incrementAndGet(bucket(value));
    count.increment();
    total.add(value);
  }

  long count() {
    return count.sum();
  }

  double meanMs() {
    return count.sum() == 0 ? 0 : total.sum() / 1e6 / count.sum();
  }

  double percentileMs(double share) {
    long rank = (long) Math.ceil(count.sum() * share);
    long seen = 0;
    for (int i = 0; i < buckets.length(); i++) {
      seen += buckets.get(i);
      if (seen >= rank && seen > 0) return floor(i) / 1e6;
    }
    return 0;
  }

  private static int bucket(long value) {
    if (value < SUB) return (int) value;
    int shift = 63 - Long.numberOfLeadingZeros(value) - SUB_BITS;
    return (shift + 1) * SUB + (int) (value >>> shift) - SUB;
  }

  private static double floor(int bucket) {
    if (bucket < SUB) return bucket;
    int shift = bucket / SUB - 1;
    return (double) ((long) (SUB + bucket % SUB) << shift);
  }
}
